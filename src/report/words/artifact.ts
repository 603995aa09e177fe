/** Words for a bundle by itself: the file it is about, and who may have signed it. */
import type { WordTable } from './types.ts';

const STRANGER = 'do not use it before you know who this is and why they signed';

export const artifactWords: WordTable = {
  'artifact-needed': {
    say: 'the signature covers a file that was not given in a form that can be verified[: it needs {expected}][, but got {actual}]',
    advice: 'give the file itself as the second argument; a digest does where it is the one that was signed',
  },
  'artifact-digest-mismatch': {
    say: 'the bundle was made for another file[: expected {expected} but got {actual}]',
    advice: 'do not use the file; fetch it and its bundle again, both from the same release',
  },
  'artifact-not-subject': {
    say: 'the signed statement is not about this file[: it is about {expected}][, but the file is {actual}]',
    advice: 'do not use the file; fetch it and its bundle again, both from the same release',
  },
  'message-signature-invalid': {
    say: 'the signature over the file does not hold',
    advice: 'do not use the file; it or its bundle was changed after it was signed',
  },
  'signer-kind-mismatch': {
    say: 'it is signed by another kind of signer than was asked for[: expected {expected} but got {actual}]',
    advice: 'ask for a key with --key, and for a certificate with --identity and --issuer',
  },
  'signer-identity-mismatch': {
    say: 'it is signed by another identity than was asked for[: expected {expected} but got {actual}]',
    advice: STRANGER,
  },
  'signer-issuer-mismatch': {
    say: 'the identity of the signer was confirmed by another issuer than was asked for[: expected {expected} but got {actual}]',
    advice: STRANGER,
  },
  'signer-unpinned': {
    say: 'the signature holds, but nothing says who may sign[; this is signed by {signer|actual}][, as {issuer} confirms]',
    advice: 'if this is the signer you expect, say so with --identity and --issuer, or with --key',
  },
};
