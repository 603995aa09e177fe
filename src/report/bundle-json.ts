/** Facts of one verified bundle for other programs: the same form in every document. See docs/report.md. */
import type { Args, Note } from '../core/check.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import type { VerifiedAttestation } from '../evidence/types.ts';
import type { SignerIdentity, VerifiedBundle } from '../sigstore/types.ts';
import type { TrustOrigin } from '../trust/types.ts';
import type { JsonOut } from './json-text.ts';
import { sentence, showTime } from './words.ts';

export function bundleOut(bundle: VerifiedBundle | VerifiedAttestation): { readonly [key: string]: JsonOut } {
  const { content } = bundle;
  return {
    mediaType: bundle.mediaType,
    signer: signerOut(bundle.signer),
    logEntries: bundle.logEntries.map((entry) => ({
      logId: entry.logId,
      baseUrl: entry.baseUrl,
      logIndex: entry.logIndex,
      kind: entry.kind,
      integratedTime: entry.integratedTime === undefined ? undefined : showTime(entry.integratedTime),
      inclusion: entry.inclusion,
      witnesses: entry.witnesses,
    })),
    times: bundle.times.map((time) => ({
      source: time.source,
      time: showTime(time.time),
      authority: time.authority,
      operator: time.operator,
    })),
    uncoveredTimestamps: bundle.uncoveredTimestamps.map(noteOut),
    content:
      content.kind === 'dsse'
        ? {
            kind: content.kind,
            payloadType: content.payloadType,
            payloadBytes: 'payload' in content ? content.payload.length : content.payloadBytes,
          }
        : {
            kind: content.kind,
            digestAlgorithm: content.digestAlgorithm,
            digest: Buffer.from(content.digest).toString('hex'),
          },
  };
}

function signerOut(signer: SignerIdentity): JsonOut {
  if (signer.kind === 'key') return { kind: signer.kind, hint: signer.hint, sha256: signer.sha256 };
  const { certificate } = signer;
  return {
    kind: signer.kind,
    subjectAlternativeName: signer.subjectAlternativeName,
    sanType: signer.sanType,
    claims: { ...signer.claims },
    certificate: {
      sha256: certificate.sha256,
      serialNumber: certificate.serialNumber,
      notBefore: showTime(certificate.notBefore),
      notAfter: showTime(certificate.notAfter),
      authority: certificate.authority,
      transparency: certificate.transparency.map((sct) => ({
        logId: sct.logId,
        baseUrl: sct.baseUrl,
        time: showTime(sct.time),
      })),
    },
  };
}

/** Where the trust root came from. */
export function trustOut(digest: string, origin: TrustOrigin, expires?: number): JsonOut {
  return {
    digest,
    kind: origin.kind,
    from: urlOut(origin.from),
    metadata: origin.metadata && { ...origin.metadata },
    asOf: origin.asOf === undefined ? undefined : showTime(origin.asOf),
    expires: expires === undefined ? undefined : showTime(expires),
    stale: origin.stale === undefined ? undefined : printable(origin.stale),
  };
}

export function noteOut({ code, args }: Note): { readonly [key: string]: JsonOut } {
  return { code, message: sentence(code, args), args: argsOut(args) };
}

function argsOut(args: Args): JsonOut {
  // Own members only, `__proto__` among them.
  return Object.fromEntries(
    Object.entries(args).map(([key, value]): [string, JsonOut] => [
      key,
      typeof value === 'string' ? printable(value) : typeof value === 'object' ? value.map(urlOut) : value,
    ]),
  );
}

/** Without the credentials that some lockfiles and configurations carry inside URLs. */
export function urlOut(text: string): string {
  return printable(text, limits.urlCharsMax);
}
