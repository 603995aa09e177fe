/** Every way in which metadata may not hold, and the line that is shown for it. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TufRefusal } from '../../src/trust/tuf-refusal.ts';
import { DAY, HOUR, makeKeys, NOW, type RepositoryOptions, tufKey } from './repository.ts';
import { errorOf, KEYS, keys, repository, setUp, strangers, TRUST_ROOT } from './setup.ts';

const setup = setUp(); const { load, fillCache } = setup; const lab = {};
const later = NOW + 2 * HOUR;
const good = { timestamp: 5, snapshot: 5, targets: 5 };
const next = { timestamp: 6, snapshot: 6, targets: 6 };
const other = Buffer.from(TRUST_ROOT.toString().replace('SHA2_256', 'SHA2_257'));
const second = makeKeys();
void [generateKeyPairSync, DAY, KEYS, keys, strangers, other, second, tufKey, TufRefusal, describe];
type Files = ReadonlyMap<string, Buffer>;
const made = (options: Partial<RepositoryOptions> = {}): Files => repository({ versions: next, ...options }).files;
const replaced = (name: RegExp, content: (bytes: Buffer) => Buffer): Files =>
  new Map([...made()].map(([file, bytes]) => [file, name.test(file) ? content(bytes) : bytes]));
const edited = (name: RegExp, edit: (document: any) => void): Files =>
  replaced(name, (bytes) => {
    const document = JSON.parse(bytes.toString());
    edit(document);
    return Buffer.from(JSON.stringify(document));
  });
const roots3 = [{}, { keys: second }, {}];
const cases: [string, () => Files, number?][] = [
  ['timestamp expired', () => made({ expires: { timestamp: later - 1000 } })],
  ['frozen', () => made({ versions: good }), NOW + 8 * DAY],
  ['snapshot expired', () => made({ expires: { snapshot: later } })],
  ['targets expired', () => made({ expires: { targets: later } })],
  ['delegated expired', () => made({ expires: { delegated: later } })],
  ['root expired', () => made({ roots: [{}, { expires: later }] })],
  ['no date', () => made({ expires: { timestamp: 'never' } })],
  ['no date targets', () => made({ expires: { targets: '2030-02-30T00:00:00Z' } })],
  ['ts rollback', () => made({ versions: { ...next, timestamp: 4 } })],
  ['snapshot rb', () => made({ versions: { ...next, snapshot: 4 } })],
  ['targets rb', () => made({ versions: { ...next, targets: 4 } })],
  ['delegated gone', () => made({ edit: { '6.snapshot.json': (s) => { delete s.meta['registry-keys.json']; } } })],
  ['root rb: skip', () => made({ roots: [{}, { version: 3 }] })],
  ['root same version', () => made({ roots: [{}, { version: 1 }] })],
  ['snapshot named', () => { const f = new Map(made({ snapshotNamed: 7 })); return f.set('7.snapshot.json', f.get('6.snapshot.json')!); }],
  ['targets other version', () => { const f = new Map(made({ edit: { '6.snapshot.json': (s) => { s.meta['targets.json'].version = 7; } } })); return f.set('7.targets.json', f.get('6.targets.json')!); }],
  ['snapshot longer', () => replaced(/snapshot/, (b) => Buffer.concat([b, Buffer.from(' ')]))],
  ['snapshot shorter', () => replaced(/snapshot/, (b) => b.subarray(1))],
  ['snapshot bytes', () => replaced(/snapshot/, (b) => Buffer.from(b.toString().replace('"1.0"', '"1.1"')))],
  ['targets len', () => made({ edit: { '6.snapshot.json': (s) => { s.meta['targets.json'].length = 5000; } } })],
  ['targets hash', () => made({ edit: { '6.snapshot.json': (s) => { s.meta['targets.json'].hashes = { sha512: 'ab'.repeat(64) }; } } })],
  ['ts stranger', () => made({ signers: { timestamp: [strangers.online] } })],
  ['ts edited', () => edited(/^timestamp/, (d) => { d.signed.expires = '2030-01-01T00:00:00Z'; })],
  ['targets 1 of 2', () => made({ signers: { targets: [keys.offline[0]!] } })],
  ['targets twice', () => made({ signers: { targets: [keys.offline[0]!, keys.offline[0]!] } })],
  ['unsigned', () => made({ signers: { targets: [] } })],
  ['delegated stranger', () => made({ signers: { delegated: [strangers.delegate] } })],
  ['root strangers', () => made({ roots: [{}, { signers: strangers.offline }] })],
  ['root new only', () => made({ roots: [{}, { keys: second, signers: second.offline }] })],
  ['root old only', () => made({ roots: [{}, { keys: second, signers: keys.offline }] })],
  ['root 1 of new', () => made({ roots: [{}, { keys: second, signers: [...keys.offline, second.offline[0]!] }] })],
  ['third root', () => made({ roots: [...roots3.slice(0, 2), { keys: strangers, signers: strangers.offline }] })],
  ['unknown key type', () => made({ roots: [{}, {}], edit: { '2.root.json': (s) => { for (const id of s.roles.timestamp.keyids) s.keys[id].keytype = 'sphincs+'; } } })],
  ['same key twice', () => made({ roots: [{}, {}], edit: { '2.root.json': (s) => { const [id] = s.roles.targets.keyids; s.keys['ff'.repeat(32)] = s.keys[id]; s.roles.targets.keyids.push('ff'.repeat(32)); } } })],
  ['threshold 0', () => made({ roots: [{}, {}], edit: { '2.root.json': (s) => { s.roles.timestamp.threshold = 0; } } })],
  ['role missing', () => made({ roots: [{}, {}], edit: { '2.root.json': (s) => { delete s.roles.snapshot; } } })],
  ['spec 2', () => made({ edit: { 'timestamp.json': (s) => { s.spec_version = '2.0.0'; } } })],
  ['version 1.5', () => made({ edit: { 'timestamp.json': (s) => { s.version = 6.5; } } })],
  ['type', () => new Map([...made()].map(([n, b]) => [n, n === 'timestamp.json' ? made().get('6.snapshot.json')! : b]))],
  ['html', () => replaced(/^timestamp/, () => Buffer.from('<html>please log in</html>'))],
  ['empty', () => replaced(/^timestamp/, () => Buffer.of())],
  ['html root', () => new Map([...made(), ['2.root.json', Buffer.from('<html>')]])],
  ['twice key', () => replaced(/^timestamp/, (b) => Buffer.from(b.toString().replace('{"signatures"', '{"signed":{},"signatures"')))],
  ['too long', () => replaced(/^timestamp/, () => Buffer.alloc(65_536, ' '))],
  ['deep', () => replaced(/^timestamp/, () => Buffer.from('['.repeat(9000)))],
  ['target same len', () => made({ targets: { 'trusted_root.json': TRUST_ROOT } })],
  ['tr short', () => new Map([...made({ targets: { 'trusted_root.json': other } })].map(([n, b]) => [n, n.endsWith('trusted_root.json') ? b.subarray(1) : b]))],
  ['tr bytes', () => new Map([...made({ targets: { 'trusted_root.json': other } })].map(([n, b]) => [n, n.endsWith('trusted_root.json') ? Buffer.from(b.toString().replace('{', '[')) : b]))],
  ['tr long', () => new Map([...made({ targets: { 'trusted_root.json': other } })].map(([n, b]) => [n, n.endsWith('trusted_root.json') ? Buffer.concat([b, b]) : b]))],
  ['tr md5', () => made({ targets: { 'trusted_root.json': other }, hashes: { md5: '0' } })],
  ['tr none', () => made({ targets: {} })],
  ['unlisted', () => made({ delegations: [{ name: 'x', paths: ['*/keys.json'] }], delegated: {}, edit: { '6.targets.json': (s) => { s.delegations.roles[0].terminating = false; }, '6.snapshot.json': (s) => { delete s.meta['x.json']; } } })],
  ['many', () => made({ delegated: {}, edit: { '6.targets.json': (s) => { s.delegations.roles[0].terminating = false; } }, delegations: Array.from({ length: 20 }, (_, i) => ({ name: `r${i}`, paths: ['*/keys.json'] })) })],
  ['conflict', () => made({ edit: { '6.targets.json': (s) => { s.delegations.roles[0].name = 'snapshot'; } } })],
];
it('dump', async () => {
  const out: string[] = [];
  for (const [name, files, at = later] of cases) {
    await fillCache({ versions: good });
    (lab as any).mirror;
    setup.mirror.files = files();
    const e = await load({ at }).then(() => undefined, (x) => x);
    out.push(`${name}\n   ${e?.code} ${e?.cause?.rule}\n   ${e?.message?.replace(setup.mirror.url, 'M')}\n     ${e?.hint}`);
    await import('node:fs/promises').then((fs) => fs.rm(`${setup.folder}/cache`, { recursive: true }));
  }
  console.log(out.join('\n'));
  expect(1).toBe(1); void errorOf;
});
