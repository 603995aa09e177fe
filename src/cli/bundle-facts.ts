/** The facts of a bundle in words, one row each. Names in certificates and statements are a stranger's text. */
import type { BundleFacts } from '../bundle.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import type { InTotoSubject } from '../evidence/in-toto.ts';
import { plural } from '../report/layout.ts';
import { sentence, showTime } from '../report/words.ts';
import type {
  CertificateIdentity,
  FulcioClaims,
  SignerIdentity,
  VerifiedLogEntry,
} from '../sigstore/types.ts';

/** `claim`: belongs to the row above, and is set in. */
export type Row = readonly [label: string, text: string, kind?: 'claim'];

const SUBJECTS_MAX = 5;
const DIGESTS_MAX = 3;

/** Whole, since it is what people compare and copy. */
function whole(text: string): string {
  return printable(text, limits.urlCharsMax);
}

export function signerName(signer: SignerIdentity): string {
  if (signer.kind === 'certificate') return whole(signer.subjectAlternativeName);
  return signer.hint === '' ? 'the key' : `the key ${whole(signer.hint)}`;
}

export function factRows(facts: BundleFacts): readonly Row[] {
  const { artifact, statement, content } = facts;
  return [
    ...(artifact === undefined ? [] : [row('artifact', `${artifact.algorithm}:${artifact.digest}`)]),
    ...(statement === undefined
      ? content.kind === 'dsse'
        ? [row('payload', `${whole(content.payloadType)}, ${plural(content.payload.length, 'byte')}`)]
        : []
      : [row('statement', whole(statement.predicateType)), ...subjectRows(statement.subjects)]),
    ...signerRows(facts.signer),
    ...facts.logEntries.map((entry) => row('log entry', entryText(entry))),
    ...facts.times.map(({ source, time, authority }) =>
      row(
        'time',
        `${showTime(time)} by the ${source === 'transparency-log' ? 'log' : 'authority'} ${whole(authority)}`,
      ),
    ),
    ...facts.uncoveredTimestamps.map(({ code, args }) =>
      row('note', `one more timestamp proves nothing here: ${sentence(code, args)}`),
    ),
    row('bundle', whole(facts.mediaType)),
  ];
}

function row(label: string, text: string): Row {
  return [label, text];
}

function subjectRows(subjects: readonly InTotoSubject[]): readonly Row[] {
  const rows = subjects.slice(0, SUBJECTS_MAX).map(({ name, digests }) => {
    const shown = [...digests].slice(0, DIGESTS_MAX).map((digest) => whole(digest.join(':')));
    return row('subject', [whole(name ?? ''), ...shown].filter((part) => part !== '').join(' '));
  });
  const more = subjects.length - rows.length;
  return more > 0 ? [...rows, row('', `and ${plural(more, 'more subject')}, all with --json`)] : rows;
}

function signerRows(signer: SignerIdentity): readonly Row[] {
  if (signer.kind === 'key') {
    return [row('key', `${signer.hint === '' ? '' : `${whole(signer.hint)} `}sha256:${signer.sha256}`)];
  }
  const { certificate, claims } = signer;
  return [
    row('signer', whole(signer.subjectAlternativeName)),
    row('issuer', claims.issuer === undefined ? 'not named by the certificate' : whole(claims.issuer)),
    ...claimRows(signer),
    row(
      'certificate',
      `of ${whole(certificate.authority)}, ${showTime(certificate.notBefore)} to ${showTime(certificate.notAfter)}, serial ${certificate.serialNumber}`,
    ),
    ...certificate.transparency.map(({ baseUrl, time }) =>
      row('', `seen by ${whole(baseUrl)} at ${showTime(time)}`),
    ),
  ];
}

/** What newer certificates say in one extension, and older ones said in another. */
const REPLACED: Readonly<Partial<Record<keyof FulcioClaims, keyof FulcioClaims>>> = {
  githubWorkflowTrigger: 'buildTrigger',
  githubWorkflowSha: 'sourceRepositoryDigest',
  githubWorkflowName: 'buildConfigUri',
  githubWorkflowRepository: 'sourceRepositoryUri',
  githubWorkflowRef: 'sourceRepositoryRef',
};

function claimRows({ claims }: CertificateIdentity): readonly Row[] {
  const names = (Object.keys(claims) as (keyof FulcioClaims)[]).filter((name) => {
    const newer = REPLACED[name];
    return (
      name !== 'issuer' && claims[name] !== undefined && (newer === undefined || claims[newer] === undefined)
    );
  });
  return names.map((name): Row => [words(name), whole(claims[name]!), 'claim']);
}

/** `sourceRepositoryUri` -> `source repository uri` */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function entryText({
  logIndex,
  kind,
  baseUrl,
  inclusion,
  integratedTime,
  witnesses,
}: VerifiedLogEntry): string {
  const parts = [
    `${logIndex} of ${whole(baseUrl)}`,
    whole(kind),
    inclusion === 'proof' ? 'shown to be included' : 'promised, not shown to be included',
    ...(integratedTime === undefined ? [] : [showTime(integratedTime)]),
    ...(witnesses.length === 0 ? [] : [`witnessed by ${witnesses.map(whole).join(' and ')}`]),
  ];
  return parts.join(', ');
}
