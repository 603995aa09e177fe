import { hex, sha256 } from '../core/bytes.ts';
import { printable } from '../core/text.ts';
import { age } from '../report/layout.ts';
import type { TrustInspection } from '../run.ts';
import { type CertificateDescription, describeCertificate } from '../sigstore/describe-certificate.ts';
import type { CertificateAuthority, LogAuthority, ValidFor } from '../sigstore/types.ts';
import type { RegistryKeys, Trust, TrustOrigin } from '../trust/types.ts';

const kinds: Readonly<Record<TrustOrigin['kind'], string>> = {
  tuf: 'through TUF from',
  cache: 'from the cache of',
  evidence: 'from an evidence file, of',
  shipped: 'shipped with verify-deps, of',
  file: 'from the file',
};

const keyOrigins: Readonly<Record<RegistryKeys['origin'], string>> = {
  tuf: 'from the trust root',
  policy: 'pinned, by the policy or --registry-keys',
  registry: "the registry's own word, taken because the policy says so",
};

/** The certificates of each authority in words, leaf issuer first. */
export type Chains = ReadonlyMap<CertificateAuthority, readonly ChainLink[]>;

export interface ChainLink extends CertificateDescription {
  /** Of the certificate's DER, hex. */
  readonly sha256: string;
}

export async function describeChains({ trust }: TrustInspection): Promise<Chains> {
  const { certificateAuthorities, timestampAuthorities } = trust.root;
  const chains = new Map<CertificateAuthority, readonly ChainLink[]>();
  for (const authority of [...certificateAuthorities, ...timestampAuthorities]) {
    const links = authority.chain.map(async (certificate) => ({
      ...(await describeCertificate(certificate)),
      sha256: hex(sha256(certificate.der)),
    }));
    chains.set(authority, await Promise.all(links));
  }
  return chains;
}

/** @param now  milliseconds since 1970, for ages */
export function trustText({ trust, registries }: TrustInspection, chains: Chains, now: number): string {
  const { root, origin } = trust;
  const lines = [
    `Trust root ${kinds[origin.kind]} ${printable(origin.from)}`,
    ...originLines(trust, now),
    `  sha256 ${root.digest}`,
    ...authorities('Certificate authorities', root.certificateAuthorities, chains),
    ...logs('Certificate transparency logs', root.ctLogs),
    ...logs('Transparency logs', root.transparencyLogs),
    ...authorities('Timestamp authorities', root.timestampAuthorities, chains),
    '',
    'Registry keys',
    ...(registries.length === 0 ? ['  no registry is in use'] : registries.flatMap(registryLines)),
  ];
  return `${lines.join('\n')}\n`;
}

/** The same facts for other tools. Times are ISO 8601; `null` is an open end or an unknown. */
export function trustJson({ trust, registries }: TrustInspection, chains: Chains): string {
  const { root, origin } = trust;
  const value = {
    origin: {
      kind: origin.kind,
      from: origin.from,
      metadata: origin.metadata ?? null,
      asOf: iso(origin.asOf),
      expires: iso(trust.expires),
      stale: origin.stale ?? null,
    },
    digest: root.digest,
    certificateAuthorities: root.certificateAuthorities.map((authority) => authorityJson(authority, chains)),
    ctLogs: root.ctLogs.map(logJson),
    transparencyLogs: root.transparencyLogs.map(logJson),
    timestampAuthorities: root.timestampAuthorities.map((authority) => authorityJson(authority, chains)),
    registries: registries.map(({ url, keys }) => ({
      url,
      origin: keys?.origin ?? null,
      keys: (keys?.keys ?? []).map((key) => ({
        keyid: key.keyid,
        usage: key.usage,
        validFor: validJson(key.validFor),
      })),
    })),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function originLines({ origin, expires }: Trust, now: number): readonly string[] {
  const lines: string[] = [];
  if (origin.metadata !== undefined) {
    const { root, timestamp } = origin.metadata;
    lines.push(`  metadata: root ${root}${timestamp === undefined ? '' : `, timestamp ${timestamp}`}`);
  }
  const old = age(origin.asOf, now);
  if (origin.asOf === undefined) lines.push('  age unknown');
  else
    lines.push(
      `  as of ${day(origin.asOf)}, ${old === undefined ? 'ahead of the clock here' : `${old} old`}`,
    );
  if (expires !== undefined)
    lines.push(`  its metadata ${expires <= now ? 'expired on' : 'holds until'} ${day(expires)}`);
  if (origin.stale !== undefined) lines.push(`  stale, could not be refreshed: ${printable(origin.stale)}`);
  return lines;
}

function authorities(
  title: string,
  list: readonly CertificateAuthority[],
  chains: Chains,
): readonly string[] {
  if (list.length === 0) return section(title, []);
  return [
    '',
    title,
    ...list.flatMap((authority) => [
      `  ${printable(authority.uri)}  ${validity(authority.validFor)}`,
      ...(chains.get(authority) ?? []).map(
        ({ subject, algorithm, sha256 }) =>
          `    ${printable(subject)}  ${printable(algorithm)}  sha256:${sha256.slice(0, 16)}`,
      ),
    ]),
  ];
}

function logs(title: string, list: readonly LogAuthority[]): readonly string[] {
  return section(
    title,
    list.map(({ baseUrl, validFor, logId }) => [printable(baseUrl), validity(validFor), logId.slice(0, 16)]),
  );
}

function registryLines({ url, keys }: TrustInspection['registries'][number]): readonly string[] {
  if (keys === undefined) return [`  ${printable(url)}  no trusted keys are known`];
  const rows = keys.keys.map((key) => [printable(key.keyid), key.usage, validity(key.validFor)]);
  return [`  ${printable(url)}  ${keyOrigins[keys.origin]}`, ...table(rows, '    ')];
}

function section(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  return ['', title, ...(rows.length === 0 ? ['  none'] : table(rows, '  '))];
}

function table(rows: readonly (readonly string[])[], indent: string): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map(
    (row) =>
      indent +
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
  );
}

function validity({ start, end }: ValidFor): string {
  return end === undefined ? `since ${day(start)}` : `${day(start)} to ${day(end)}`;
}

function authorityJson(authority: CertificateAuthority, chains: Chains): object {
  const { uri, validFor } = authority;
  return { uri, validFor: validJson(validFor), chain: chains.get(authority) ?? [] };
}

function logJson({ baseUrl, logId, validFor }: LogAuthority): object {
  return { baseUrl, logId, validFor: validJson(validFor) };
}

function validJson({ start, end }: ValidFor): object {
  return { start: iso(start), end: iso(end) };
}

/** A time beyond what a date can hold is hostile or a mistake, and must not end in a crash here. */
function iso(ms: number | undefined): string | null {
  const date = new Date(ms ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function day(ms: number): string {
  return iso(ms)?.slice(0, 10) ?? 'an impossible date';
}
