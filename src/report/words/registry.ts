/** Words for registry signatures, lists of attestations, and registries as a whole. */
import type { WordTable } from './types.ts';

const KEEP_OUT = 'do not install it; ask the registry which key signed it and when';

export const registryWords: WordTable = {
  'signature-absent': {
    say: 'the registry[ {registry}] serves no signature for this version',
    advice:
      'check that no mirror strips signatures; a registry that signs nothing is declared under `registries` in the policy',
  },
  'signature-invalid': {
    say: 'a registry signature[ by key {keyid}] does not hold for the bytes that the lockfile pins[ ({expected})]',
    advice: 'do not install it; somebody changed the lockfile entry or the package after it was signed',
  },
  'signature-key-unknown': {
    say: 'it is signed by[ {keyid},] a key that is not among the trusted keys of the registry[ {registry}]',
    advice:
      'refresh the trust root; if the registry signs by itself, pin its keys under `registries` in the policy',
  },
  'signature-key-expired': {
    say: 'it is signed by a key[ ({keyid})] that[, with its expiry on {expires},] had expired when the package was published[ on {published}]',
    advice: KEEP_OUT,
  },
  'signature-key-not-yet-valid': {
    say: 'it is signed by a key[ ({keyid})] that[, in force from {starts},] was not yet in force when the package was published[ on {published}]',
    advice: KEEP_OUT,
  },
  'signature-key-usage': {
    say: 'it is signed by a key[ ({keyid})] that is not trusted for this use[: expected one for {expected} but got one for {actual}]',
    advice: KEEP_OUT,
  },
  'signature-time-unknown': {
    say: 'it is signed by a key[ ({keyid})] that has expired[ on {expires}], and nothing says when the package was published',
    advice: 'move to a newer version, which is signed by a key in force',
  },
  'signature-time-unsigned': {
    say: 'it is signed by a key[ ({keyid})] that has expired[ on {expires}]; only the unsigned word of the registry says that it was published in time[ ({published})]',
    advice: 'move to a newer version, or accept unsigned times for it in a rule (`signedTime`)',
  },
  'registry-keys-unknown': {
    say: 'no trusted signing keys are known for the registry[ {registry}], so its signatures prove nothing here[ ({count} packages)][; nor has it attestations for {unattested} of them]',
    advice:
      'say under `registries` in the policy whose keys count: `keys: mirror`, `pinned`, `registry` or `none`',
  },
  'attestations-absent': {
    say: 'the registry[ {registry}] has no attestations for this version',
    advice: 'ask its maintainers to publish with provenance, or accept the lack of it in the policy',
  },
  'attestations-withheld': {
    say: 'the registry[ {registry}] announces attestations but does not hand them over',
    advice: 'try again; if it stays so, a mirror drops them: ask its operator to pass them on',
  },
  'provenance-absent': {
    say: 'there is no provenance: nothing says who built these bytes from which source',
    advice: 'ask its maintainers to publish with provenance, or accept the lack of it by a dated exemption',
  },
  'provenance-withheld': {
    say: 'the registry[ {registry}] announces provenance but its attestations contain none',
    advice: 'try again; if it stays so, ask the operator of the registry, and do not install it meanwhile',
  },
  'publish-absent': {
    say: 'there is no publish attestation: the registry[ {registry}] does not confirm that it took these bytes',
    advice: 'check that no mirror drops it; a provenance alone can be made by anyone, about any bytes',
  },
  'predicate-type-mismatch': {
    say: 'an attestation is listed under another predicate type than the signed one[: expected {listed|expected} but got {signed|actual}]',
    advice: 'do not install it; the list of attestations was changed after they were signed',
  },
  'registry-unreachable': {
    say: 'the registry[ {registry}] could not be asked[ (status {status})][ about {count} packages][: {reason|why}]',
    advice: 'check the network, the proxy and .npmrc, then run again',
  },
  'registry-refused': {
    say: 'the registry[ {registry}] refused access[ (status {status})][ to {count} packages][: {reason|why}]',
    advice: 'check the token for this registry in .npmrc',
  },
  'offline-missing': {
    say: 'this run asks nobody, and neither evidence file nor store has an answer of the registry[ {registry}][ about {count} packages]',
    advice: 'collect it where the registry can be asked, with `verify-deps fetch`, or run without --offline',
  },
  'registry-response-invalid': {
    say: 'the registry[ {registry}] answered with something that is not what was asked for[: {reason|why}]',
    advice: 'see what answers at that address: often it is a proxy or a login page',
  },
  'registry-without-evidence': {
    say: 'the registry[ {registry}] serves neither signatures nor attestations[ for any of its {count} packages]: nothing says who published or built them',
    advice: 'use a registry that passes signatures on, or declare in the policy what this one is',
  },
  'trust-root-stale': {
    say: 'the trust root could not be refreshed, and an older one[ ({kind})][, {age} old,] was used[: {reason|why}]',
    advice:
      'check the network and run `verify-deps trust` to refresh it; a key revoked since is still trusted',
  },
};
