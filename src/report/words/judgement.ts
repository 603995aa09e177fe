/** Words for judgements of the policy. */
import type { WordTable } from './types.ts';

export const judgementWords: WordTable = {
  'repository-mismatch': {
    say: 'it was built from another repository than the package declares[: expected {declared|expected} but got {built|actual|repository}]',
    advice: 'see whether the project has moved; if not, somebody else built it',
  },
  'repository-undeclared': {
    say: 'the package declares no repository to compare its provenance[ (built from {built|actual})] with[; it says {declared}]',
    advice: 'pin the repository in a rule (`identity.repository`) if you know it',
  },
  'identity-mismatch': {
    say: 'it was built by another identity than the policy demands[ ({claim|field|what})][: expected {expected} but got {actual}]',
    advice: 'find out who built it; if the project changed its release on purpose, change the rule',
  },
  'identity-denied': {
    say: 'it was built in a way that the policy denies[ ({field|what})][: {actual} is on the list of {denied|expected}]',
    advice:
      'find out why it is built this way; if you accept it, give the package a rule with a `deny` of its own',
  },
  'provenance-lost': {
    say: 'the report recorded provenance[ from {previous|expected|repository}] for this release line, and now there is none',
    advice: 'do not install it before the maintainers say why: a stolen token publishes without provenance',
  },
  'repository-changed': {
    say: 'it was built from another repository than the earlier version on this release line[: expected {previous|expected} but got {current|actual}]',
    advice: 'see whether the project has moved; if so, record it: `verify-deps accept PACKAGE --reason TEXT`',
  },
  'repository-renamed': {
    say: 'its repository has been renamed since the earlier version on this release line[: from {previous|expected} to {current|actual}]',
    advice: 'nothing: the number of the repository is the same, and the new name is recorded',
  },
  'owner-changed': {
    say: 'its repository has another owner than for the earlier version on this release line[: expected {previous|expected} but got {current|actual}]',
    advice:
      'see whether the project was handed over; if so, record it: `verify-deps accept PACKAGE --reason TEXT`',
  },
  'issuer-changed': {
    say: 'it was built on another service than the earlier version on this release line[: expected {previous|expected} but got {current|actual}]',
    advice:
      'see whether the project has moved there; if so, record it: `verify-deps accept PACKAGE --reason TEXT`',
  },
  'ref-kind-changed': {
    say: 'it was built from another ref than the earlier version on this release line[: expected {previous|expected} but got {current|actual}]',
    advice:
      'see why it was not released as before; if on purpose, record it: `verify-deps accept PACKAGE --reason TEXT`',
  },
  'trigger-changed': {
    say: 'its build was started by another event than that of the earlier version on this release line[: expected {previous|expected} but got {current|actual}]',
    advice:
      'see who can cause that event; if it is deliberate, record it: `verify-deps accept PACKAGE --reason TEXT`',
  },
  'runner-changed': {
    say: 'it was built on another kind of machine than the earlier version on this release line[: expected {previous|expected} but got {current|actual}]',
    advice:
      'see who runs that machine; if it is deliberate, record it: `verify-deps accept PACKAGE --reason TEXT`',
  },
  'builder-changed': {
    say: 'it was built by another builder than the earlier version on this release line[: expected {previous|expected} but got {current|actual}]',
    advice:
      'see what the new builder is; if it is deliberate, record it: `verify-deps accept PACKAGE --reason TEXT`',
  },
  'workflow-changed': {
    say: 'it was built by another workflow than the earlier version on this release line[: expected {previous|expected} but got {current|actual}]',
    advice:
      'read the new workflow; if it is deliberate, record it: `verify-deps accept PACKAGE --reason TEXT`',
  },
  'baseline-first-seen': {
    say: 'nothing was recorded yet for this release line[ ({line})][: it was built from {repository|actual}]',
    advice: 'nothing, if the package was added on purpose: later versions of the line are held to this one',
  },
  'release-too-young': {
    say: 'it is younger than the policy demands[: published {published|actual}][ ({time} time)][, at least {expected|minimum} ago is demanded][; old enough from {until}]',
    advice: 'wait, or take an older version; exempt it if a fix in it cannot wait',
  },
  'release-age-unknown': {
    say: 'nothing says when it was published[, and at least {expected|minimum} ago is demanded][: {actual}]',
    advice: 'ask the operator of the registry to serve publish times, or exempt the version',
  },
  'build-level-low': {
    say: 'its SLSA build level is lower than the policy demands[: expected at least {expected|minimum} but got {actual}][ ({builder})]',
    advice:
      'ask the maintainers to build on a hosted runner; if you know the builder, give it its level under `builders`',
  },
  'version-tag-absent': {
    say: 'it was built from[ {actual|ref},] something else than a git tag[; expected {expected}]',
    advice: 'compare the commit with what the project calls this version, or set versionTag for it in a rule',
  },
  'version-tag-mismatch': {
    say: 'it was built from[ {actual|ref},] a git tag that does not name this version[; expected {expected}]',
    advice:
      'find out why another tag was published under this version; exempt it if the project tags its releases that way',
  },
  'source-unverifiable': {
    say: 'it comes from[ {url|actual},][ a {kind} source,] outside any registry, so nobody signed for its bytes[; brought along by {by}]',
    advice: 'replace it by a published package, or allow this kind of source or this place in the policy',
  },
  'source-not-allowed': {
    say: 'the policy does not allow this kind of source[ ({kind})] here[: {url|actual}][; brought along by {by}]',
    advice: 'replace it by a published package; look closely if the dependency is new',
  },
  'scope-elsewhere': {
    say: '[packages of {scope} are pinned to a registry, and ]this one comes from another place[ ({what})][: expected {expected} but got {actual}]',
    advice: 'set the registry of the scope in .npmrc and make the lockfile anew; do not install it before',
  },
  'bundled-inside': {
    say: 'it is[ {kind} and] shipped inside another package[ ({within|host|actual})] and covered only by the proof of that one',
    advice: 'nothing, if the package around it is trusted; it has no proof of its own',
  },
  'exemption-used': {
    say: 'it is accepted by an exemption[ of {owner}][ until {expires}][: {reason}]',
    advice: 'end the reason for the exemption before it expires',
  },
  'exemption-expired': {
    say: 'an exemption[ for {package}][ of {owner}] has expired[ on {expires}][: {reason}]',
    advice:
      'see whether it is still needed; then set a new date with a new reason, or let `check --fix` remove it',
  },
  'exemption-unused': {
    say: 'an exemption[ for {package}][ of {owner}][, until {expires},] matched nothing[: {reason}]',
    advice: 'correct its version or digest, or let `check --fix` remove it from the policy',
  },
  'exemption-wide': {
    say: 'an exemption[ for {package}][ of {owner}][, until {expires},] accepts more than it is needed for[ ({reason})][: write {write}]',
    advice: 'narrow it to what is said, so that it cannot accept a surprise',
  },
  'exemption-long': {
    say: 'an exemption[ for {package}][ of {owner}] lasts until[ {expires},] more than two years from now[: {reason}]',
    advice: 'set a day within two years; by then somebody should look at it again',
  },
  'nothing-verified': {
    say: 'not one[ of {count}][ packages of {registry}] could be verified, so nothing was proven',
    advice: 'see the findings about the registry and the lockfile: a run that checks nothing is no pass',
  },
  'coverage-low': {
    say: 'too few packages in production have provenance[: expected {expected} but got {actual}][; {unknown} could not be asked]',
    advice: 'see `verify-deps --verbose`: it lists the direct dependencies without provenance',
  },
  'coverage-fell': {
    say: 'the share of packages in production that have provenance fell[: expected no less than {expected} but got {actual}][; {unknown} could not be asked]',
    advice: 'replace what came in without provenance, or remove `coverage` from the report to begin anew',
  },
};
