/** Words for what a signed statement says: its subject, the publish attestation, the provenance. */
import type { WordTable } from './types.ts';

const ANOTHER = 'do not install it; the attestation belongs to something else';
const REPORT = 'do not install it, and report it to the maintainers and the registry';

export const statementWords: WordTable = {
  'payload-type-mismatch': {
    say: 'the signed payload is not an in-toto statement[: expected {expected} but got {actual}]',
    advice: ANOTHER,
  },
  'statement-type-unknown': {
    say: 'the signed statement is of an unknown type[: {actual}]',
    advice: 'update verify-deps; if it is the newest, report it to the maintainers of the package',
  },
  'subject-absent': { say: 'the statement is about no subject[: expected {expected}]', advice: ANOTHER },
  'subject-extra': {
    say: 'the statement is about more than one subject[ ({count})]',
    advice: 'do not install it; an npm attestation is about one package',
  },
  'subject-name-mismatch': {
    say: 'the statement is about another package or version[: expected {expected} but got {actual}]',
    advice: ANOTHER,
  },
  'subject-digest-mismatch': {
    say: 'the statement is about other bytes than the lockfile pins[: expected {expected} but got {actual}]',
    advice: ANOTHER,
  },
  'publish-claim-mismatch': {
    say: 'the publish attestation is about another package, version or registry[ ({field|claim|what})][: expected {expected} but got {actual}]',
    advice: ANOTHER,
  },
  'publish-signer-mismatch': {
    say: 'the publish attestation is not signed by the registry[ {registry}][ but by {signer|actual|san}]',
    advice: REPORT,
  },
  'provenance-signer-mismatch': {
    say: 'the provenance is not signed by a build of a known CI service[ but by {san|signer|hint|actual}][, with the issuer {issuer}]',
    advice: REPORT,
  },
  'claim-mismatch': {
    say: 'the provenance claims something else than its signing certificate says[ about its {claim|field|what}][: expected {certificate|expected} but got {predicate|actual}]',
    advice: REPORT,
  },
  'claim-absent': {
    say: 'a claim that must be there is left out[ of the {what|where}][: {claim|field}]',
    advice: 'ask its maintainers to build with a current publish workflow; nothing binds that claim now',
  },
};
