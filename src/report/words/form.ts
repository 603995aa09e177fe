/** Words for the form of the input and for the integrity that the lockfile pins. */
import type { WordTable } from './types.ts';

export const formWords: WordTable = {
  malformed: {
    say: 'the form[ of {what}] is wrong[: {why}]',
    advice: 'treat it as wrong until its origin is known, and report it to whoever served it',
  },
  'limit-exceeded': {
    say: 'an input[ ({what})] is beyond what is accepted[: more than {max} {unit}]',
    advice: 'find out why it is that large; no ordinary package comes near the limits',
  },
  'format-unsupported': {
    say: 'the format[ of {what}][ ({actual|version|kind})] cannot be judged by this version of verify-deps',
    advice: 'update verify-deps; if the newest version cannot judge it either, exempt the package version',
  },
  'algorithm-unsupported': {
    say: 'the algorithm[ {algorithm}][ of {what}] cannot be verified by this version of verify-deps',
    advice: 'update verify-deps, or ask the signer to use ECDSA P-256',
  },
  'integrity-missing': {
    say: 'the lockfile pins no digest for it, so any bytes would be installed',
    advice: 'delete the entry from the lockfile and install again, so that the digest is recorded',
  },
  'integrity-weak': {
    say: 'the lockfile pins only a weak digest[ ({algorithm})], which signatures do not cover[: {actual}]',
    advice: 'delete the entry from the lockfile and install again, so that a sha512 digest is recorded',
  },
  'integrity-mismatch': {
    say: 'the lockfile pins other bytes than the registry has for this version[: expected {expected} but got {actual}]',
    advice: 'do not install it; find the commit that changed this entry of the lockfile',
  },
  'integrity-withheld': {
    say: 'the registry[ {registry}] names no sha512 integrity for this version[, while the lockfile pins {expected}]',
    advice: 'ask the operator of the registry to pass dist.integrity on',
  },
  'tarball-mismatch': {
    say: 'the tarball the registry sent has another digest than the lockfile pins[: expected {expected} but got {actual}]',
    advice: 'do not install it; compare the tarball with a copy from another network and tell the registry',
  },
  'version-absent': {
    say: 'the registry[ {registry}] does not have this version (any more)',
    advice:
      'find out why it was withdrawn (withdrawn versions are often malicious ones), then move to another',
  },
  'manifest-mismatch': {
    say: 'the registry answered with the manifest of another package[: expected {expected} but got {actual}]',
    advice: 'do not install it; the registry or a proxy on the way is broken or lies',
  },
  'resolved-mismatch': {
    say: 'the lockfile takes the tarball from the place of another package[: expected {expected} but got {actual|url}]',
    advice: 'do not install it; find the commit that changed `resolved` in the lockfile',
  },
  'resolved-elsewhere': {
    say: 'the lockfile takes the tarball from[ {host|actual|url},] a host other than the configured registry[ {registry|expected}]',
    advice: 'configure that registry in .npmrc if it is meant, or install again to correct the lockfile',
  },
};
