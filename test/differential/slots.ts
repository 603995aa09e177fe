/** Every place in a bundle that can be changed, down to the certificate inside the PEM inside the log entry's body. */

// biome-ignore lint/suspicious/noExplicitAny: walks arbitrary JSON
export type Loose = any;

/** One place: what stands there, and the bundle's text with something else in its stead. */
export interface Slot {
  /** `verificationMaterial.tlogEntries.*.canonicalizedBody > spec.signatures.*.signature` */
  readonly label: string;
  readonly kind: 'text' | 'number' | 'bytes' | 'der' | 'json';
  readonly bytes: Buffer;
  write(bytes: Uint8Array): string;
  /** For bytes behind base64: the base64 text itself. */
  readonly base64?: { readonly text: string; write(text: string): string };
}

const BASE64 =
  /(?:^|\.)(?:rawBytes|keyId|signedEntryTimestamp|rootHash|hashes\.\d+|canonicalizedBody|payload|sig|signature|digest|signedTimestamp)$/;
const DER = /(?:rawBytes|signedEntryTimestamp|sig|signature|signedTimestamp)$/;
const DOCUMENT = /(?:canonicalizedBody|payload)$/;

/** The bundle as it is written when nothing about its spelling is changed. */
export function slotsOf(text: string): readonly Slot[] {
  const bundle: Loose = JSON.parse(text);
  return [
    {
      label: '',
      kind: 'json',
      bytes: Buffer.from(text),
      write: (bytes) => Buffer.from(bytes).toString('utf8'),
    },
    ...leaves(bundle).flatMap(({ path, value }) => {
      const write = (other: string): string => JSON.stringify(withValue(bundle, path, other));
      return BASE64.test(path) && isBase64(value)
        ? base64Slots(generic(path), value, write, DER.test(path), DOCUMENT.test(path))
        : textSlots(generic(path), value, write);
    }),
  ];
}

/** Which part of the bundle a slot belongs to; a payload of a thousand values counts as one. */
export function groupOf({ label }: Slot): string {
  return label.split(' > ', 1)[0]!;
}

export function leaves(value: Loose, path = ''): { path: string; value: string }[] {
  if (typeof value === 'string') return [{ path, value }];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, path === '' ? key : `${path}.${key}`));
}

/** A copy with another value at that path; undefined takes the member or element out. */
export function withValue(document: Loose, path: string, value: unknown): Loose {
  const copy: Loose = structuredClone(document);
  const steps = path.split('.');
  const last = steps.pop()!;
  const holder = steps.reduce((at, step) => at[step], copy);
  if (value !== undefined) holder[last] = value;
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
  return copy;
}

export function valueAt(document: Loose, path: string): Loose {
  return path.split('.').reduce((at, step) => at?.[step], document);
}

const generic = (path: string): string => path.replaceAll(/(?<=^|\.)\d+(?=\.|$)/g, '*');

function isBase64(text: string): boolean {
  return text.length >= 4 && Buffer.from(text, 'base64').toString('base64') === text;
}

type Write = (text: string) => string;

function base64Slots(label: string, text: string, write: Write, der: boolean, document: boolean): Slot[] {
  const bytes = Buffer.from(text, 'base64');
  const writeBytes = (other: Uint8Array): string => write(Buffer.from(other).toString('base64'));
  const own: Slot = { label, kind: der ? 'der' : 'bytes', bytes, write: writeBytes, base64: { text, write } };
  const inner = bytes.toString('latin1');
  if (document) return [own, ...documentSlots(label, bytes, writeBytes)];
  if (inner.startsWith('-----BEGIN')) return [own, ...pemSlots(label, inner, writeBytes)];
  // A signature in the body of an intoto entry is encoded twice.
  if (isBase64(inner) && inner.length > 64) {
    return [
      own,
      ...base64Slots(`${label} > base64`, inner, (other) => writeBytes(Buffer.from(other)), true, false),
    ];
  }
  return [own];
}

function documentSlots(label: string, bytes: Buffer, write: (bytes: Uint8Array) => string): Slot[] {
  let document: Loose;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    return [];
  }
  if (document === null || typeof document !== 'object') return [];
  return [
    { label: `${label} > JSON`, kind: 'json', bytes, write },
    ...leaves(document).flatMap(({ path, value }) => {
      const inside = (other: string): string =>
        write(Buffer.from(JSON.stringify(withValue(document, path, other))));
      const name = `${label} > ${generic(path)}`;
      const encoded = value.length >= 40 && isBase64(value) && !/^[0-9a-f]+$/.test(value);
      return encoded
        ? base64Slots(name, value, inside, /sig|content/.test(path), false)
        : textSlots(name, value, inside);
    }),
  ];
}

function pemSlots(label: string, pem: string, write: (bytes: Uint8Array) => string): Slot[] {
  const [, head, text, tail] = /^(-----BEGIN [^-]+-----\n)([^-]+)(-----END [^-]+-----\s*)$/.exec(pem) ?? [];
  if (!text) return [];
  const lines = (base64: string): string => (base64.match(/.{1,64}/g) ?? []).join('\n');
  return [
    {
      label: `${label} > PEM`,
      kind: 'text',
      bytes: Buffer.from(pem),
      write,
    },
    {
      label: `${label} > PEM > DER`,
      kind: 'der',
      bytes: Buffer.from(text, 'base64'),
      write: (der) => write(Buffer.from(`${head}${lines(Buffer.from(der).toString('base64'))}\n${tail}`)),
    },
  ];
}

function textSlots(label: string, value: string, write: Write): Slot[] {
  const own: Slot = {
    label,
    kind: /^\d+$/.test(value) ? 'number' : 'text',
    bytes: Buffer.from(value),
    write: (bytes) => write(Buffer.from(bytes).toString('utf8')),
  };
  return label.endsWith('checkpoint.envelope') ? [own, ...noteSlots(label, value, write)] : [own];
}

/** The base64 inside a signed note: root hash and signatures. */
function noteSlots(label: string, note: string, write: Write): Slot[] {
  const lines = note.split('\n');
  return lines.flatMap((line, at) => {
    const [, head, text] = /^(\u2014 \S+ |)([A-Za-z0-9+/]{32,}={0,2})$/.exec(line) ?? [];
    if (text === undefined || !isBase64(text)) return [];
    const put = (other: string): string =>
      write(lines.map((own, i) => (i === at ? head + other : own)).join('\n'));
    return base64Slots(`${label} > ${head ? 'signature' : 'root hash'}`, text, put, false, false);
  });
}
