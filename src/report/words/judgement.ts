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
  'provenance-lost': {
    say: 'the report recorded provenance[ from {previous|expected|repository}] for this release line, and now there is none',
    advice: 'do not install it before the maintainers say why: a stolen token publishes without provenance',
  },
  'repository-changed': {
    say: 'it was built from another repository than the earlier version on this release line[: expected {previous|expected} but got {current|actual}]',
    advice:
      'see whether the project has moved; if so, exempt the version or remove its line from the baseline',
  },
  'source-unverifiable': {
    say: 'it comes from[ {url|actual},][ a {kind} source,] outside any registry, so nobody signed for its bytes',
    advice: 'replace it by a published package, or allow this kind of source in the policy',
  },
  'source-not-allowed': {
    say: 'the policy does not allow this kind of source[ ({kind})] here[: {url|actual}]',
    advice: 'replace it by a published package; look closely if the dependency is new',
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
    say: 'an exemption[ for {package}] has expired[ on {expires}][: {reason}]',
    advice: 'see whether it is still needed; then set a new date with a new reason, or remove it',
  },
  'exemption-unused': {
    say: 'an exemption[ for {package}] matched nothing[: {reason}]',
    advice: 'remove it from the policy',
  },
  'nothing-verified': {
    say: 'not one[ of {count}][ packages of {registry}] could be verified, so nothing was proven',
    advice: 'see the findings about the registry and the lockfile: a run that checks nothing is no pass',
  },
};
