/** Every way in which metadata may not hold, and the line that is shown for it. */
import { describe, expect, it } from 'vitest';
import { TufRefusal, type TufRule } from '../../src/trust/tuf-refusal.ts';
import { DAY, HOUR, makeKeys, NOW, type RepositoryOptions } from './repository.ts';
import { errorOf, KEYS, KEYS_NAME, keys, repository, setUp, strangers, TRUST_ROOT } from './setup.ts';

const setup = setUp();
const { load, fillCache } = setup;
const later = NOW + 2 * HOUR;
const good = { timestamp: 5, snapshot: 5, targets: 5 };
const next = { timestamp: 6, snapshot: 6, targets: 6 };
const second = makeKeys();
const changed = { 'trusted_root.json': Buffer.from(`${TRUST_ROOT}\n`) };

type Files = Map<string, Buffer>;

function made(options: Partial<RepositoryOptions> = {}): Files {
  return repository({ versions: next, ...options }).files;
}

function replaced(name: RegExp, content: (bytes: Buffer) => Buffer, files: Files = made()): Files {
  return new Map([...files].map(([file, bytes]) => [file, name.test(file) ? content(bytes) : bytes]));
}

/** One file under the name of another. */
function renamed(from: string, to: string, options: Partial<RepositoryOptions> = {}): Files {
  const files = made(options);
  return files.set(to, files.get(from)!);
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the test makes of it.
const secondRoot = (edit: (signed: any) => void): Files =>
  made({ roots: [{}, {}], edit: { '2.root.json': edit } });
const timestamp = (text: string): Files => replaced(/^timestamp/, () => Buffer.from(text));

interface Case {
  readonly name: string;
  readonly files: () => Files;
  readonly rule: TufRule;
  readonly line: string | RegExp;
  readonly hint: RegExp;
  readonly at?: number;
  /** Nothing in the cache, where that has the same version already. */
  readonly fresh?: boolean;
}

const expired: readonly Case[] = [
  {
    name: 'timestamp',
    files: () => made({ expires: { timestamp: later - 1000 } }),
    rule: 'expired',
    line: 'timestamp.json expired at 2026-11-22T13:59:59Z (version 6), and here it is 2026-11-22T14:00:00Z',
    hint: /clock.*mirror is stale/,
  },
  {
    name: 'the timestamp of the last run, past its expiry',
    files: () => made({ versions: good }),
    at: NOW + 8 * DAY,
    rule: 'frozen',
    line: 'timestamp.json has not changed since the last run; it expired at 2026-11-29T12:00:00Z (version 5), and here it is 2026-11-30T12:00:00Z',
    hint: /clock.*mirror is stale/,
  },
  {
    name: 'a timestamp that was never seen, long past its expiry',
    files: () => made({ versions: good }),
    at: NOW + 8 * DAY,
    fresh: true,
    rule: 'expired',
    line: 'timestamp.json expired at 2026-11-29T12:00:00Z (version 5), and here it is 2026-11-30T12:00:00Z',
    hint: /clock.*mirror is stale/,
  },
  {
    name: 'snapshot, at the very moment',
    files: () => made({ expires: { snapshot: later } }),
    rule: 'expired',
    line: '6.snapshot.json expired at 2026-11-22T14:00:00Z (version 6), and here it is 2026-11-22T14:00:00Z',
    hint: /clock.*sign anew/,
  },
  {
    name: 'targets',
    files: () => made({ expires: { targets: NOW } }),
    rule: 'expired',
    line: '6.targets.json expired at 2026-11-22T12:00:00Z (version 6), and here it is 2026-11-22T14:00:00Z',
    hint: /clock.*sign anew/,
  },
  {
    name: 'delegated role',
    files: () => made({ expires: { delegated: NOW } }),
    fresh: true,
    rule: 'expired',
    line: '1.registry-keys.json expired at 2026-11-22T12:00:00Z (version 1), and here it is 2026-11-22T14:00:00Z',
    hint: /clock.*sign anew/,
  },
  {
    name: 'root',
    files: () => made({ roots: [{}, { expires: NOW }] }),
    rule: 'expired',
    line: '2.root.json expired at 2026-11-22T12:00:00Z (version 2), and here it is 2026-11-22T14:00:00Z',
    hint: /clock.*sign anew/,
  },
];

const rolledBack: readonly Case[] = [
  {
    name: 'timestamp',
    files: () => made({ versions: { ...next, timestamp: 4 } }),
    rule: 'rollback',
    line: 'timestamp.json goes back in time: expected version 5 or later but got 4',
    hint: /backup.*127\.0\.0\.1%3A\d+-[0-9a-f]{16}\.json$/,
  },
  {
    name: 'snapshot',
    files: () => made({ versions: { ...next, snapshot: 4 } }),
    rule: 'rollback',
    line: 'timestamp.json goes back in time: expected version 5 of snapshot.json or later but got 4',
    hint: /backup/,
  },
  {
    name: 'targets',
    files: () => made({ versions: { ...next, targets: 4 } }),
    rule: 'rollback',
    line: '6.snapshot.json goes back in time: expected version 5 of targets.json or later but got 4',
    hint: /backup/,
  },
  {
    name: 'delegated role that is gone',
    files: () => made({ edit: { '6.snapshot.json': (signed) => delete signed.meta['registry-keys.json'] } }),
    rule: 'rollback',
    line: '6.snapshot.json goes back in time: expected version 1 of registry-keys.json or later but got none',
    hint: /backup/,
  },
];

const other: readonly Case[] = [
  {
    name: 'root that skips a version',
    files: () => made({ roots: [{}, { version: 3 }] }),
    rule: 'version',
    line: '2.root.json: expected version 2 but got 3',
    hint: /try again/,
  },
  {
    name: 'root that comes again',
    files: () => made({ roots: [{}, { version: 1 }] }),
    rule: 'version',
    line: '2.root.json: expected version 2 but got 1',
    hint: /try again/,
  },
  {
    name: 'snapshot of another version than the timestamp says',
    files: () => renamed('6.snapshot.json', '7.snapshot.json', { snapshotNamed: 7 }),
    rule: 'version',
    line: '7.snapshot.json: expected version 7, as timestamp.json says, but got 6',
    hint: /try again/,
  },
  {
    name: 'targets of another version than the snapshot says',
    files: () =>
      renamed('6.targets.json', '7.targets.json', {
        edit: {
          '6.snapshot.json': (signed) => {
            signed.meta['targets.json'].version = 7;
          },
        },
      }),
    rule: 'version',
    line: '7.targets.json: expected version 7, as 6.snapshot.json says, but got 6',
    hint: /try again/,
  },
  {
    name: 'snapshot one byte longer',
    files: () => replaced(/snapshot/, (bytes) => Buffer.concat([bytes, Buffer.from(' ')])),
    rule: 'length',
    line: /^6\.snapshot\.json: expected at most \d+ bytes but got more$/,
    hint: /try again/,
  },
  {
    name: 'snapshot one byte shorter',
    files: () => replaced(/snapshot/, (bytes) => bytes.subarray(1)),
    rule: 'length',
    line: /^6\.snapshot\.json: expected \d+ bytes, as timestamp\.json says, but got \d+$/,
    hint: /try again/,
  },
  {
    name: 'snapshot of the same length',
    files: () => replaced(/snapshot/, (bytes) => Buffer.from(bytes.toString().replace('"1.0"', '"1.1"'))),
    rule: 'digest',
    line: /^6\.snapshot\.json: expected sha256 [0-9a-f]{16}…, as timestamp\.json says, but got [0-9a-f]{16}…$/,
    hint: /try again/,
  },
  {
    name: 'targets of another length than the snapshot says',
    files: () =>
      made({
        edit: {
          '6.snapshot.json': (signed) => {
            signed.meta['targets.json'].length = 5000;
          },
        },
      }),
    rule: 'length',
    line: /^6\.targets\.json: expected 5000 bytes, as 6\.snapshot\.json says, but got \d+$/,
    hint: /try again/,
  },
  {
    name: 'targets of another digest than the snapshot says',
    files: () =>
      made({
        edit: {
          '6.snapshot.json': (signed) => {
            signed.meta['targets.json'].hashes = { sha512: 'ab'.repeat(64) };
          },
        },
      }),
    rule: 'digest',
    line: /^6\.targets\.json: expected sha512 abababababababab…, as 6\.snapshot\.json says, but got [0-9a-f]{16}…$/,
    hint: /try again/,
  },
  {
    name: 'timestamp longer than any',
    files: () => timestamp(' '.repeat(65_536)),
    rule: 'length',
    line: 'timestamp.json: expected at most 16384 bytes but got more',
    hint: /try again/,
  },
  {
    name: 'target cut short',
    files: () => replaced(/trusted_root\.json$/, (bytes) => bytes.subarray(1), made({ targets: changed })),
    rule: 'length',
    line: /^target trusted_root\.json: expected \d+ bytes, as the metadata says, but got \d+$/,
    hint: /try again/,
  },
  {
    name: 'target with other bytes',
    files: () => replaced(/trusted_root\.json$/, (bytes) => bytes.fill(32), made({ targets: changed })),
    rule: 'digest',
    line: /^target trusted_root\.json: expected sha256 [0-9a-f]{16}…, as the metadata says, but got [0-9a-f]{16}…$/,
    hint: /try again/,
  },
  {
    name: 'target too long',
    files: () =>
      replaced(/trusted_root\.json$/, (bytes) => Buffer.concat([bytes, bytes]), made({ targets: changed })),
    rule: 'length',
    line: /^target trusted_root\.json: expected at most \d+ bytes but got more$/,
    hint: /try again/,
  },
  {
    name: 'target without a digest that counts',
    files: () => made({ hashes: { md5: '0' } }),
    rule: 'malformed',
    line: 'target trusted_root.json: expected a sha256 or sha512 digest but got md5',
    hint: /operator/,
  },
  {
    name: 'no trust root',
    files: () => made({ targets: {} }),
    rule: 'absent',
    line: 'targets.json: expected a target trusted_root.json but got none',
    hint: /repository of a Sigstore instance/,
  },
];

const unsigned: readonly Case[] = [
  {
    name: 'timestamp by a stranger',
    files: () => made({ signers: { timestamp: [strangers.online] } }),
    rule: 'threshold',
    line: 'timestamp.json: expected 1 good signature by the 1 timestamp key of root version 1 but got 0 (1 by other keys)',
    hint: /--tuf-root/,
  },
  {
    name: 'timestamp edited',
    files: () => replaced(/^timestamp/, (bytes) => Buffer.from(bytes.toString().replace('"1.0"', '"1.1"'))),
    rule: 'threshold',
    line: 'timestamp.json: expected 1 good signature by the 1 timestamp key of root version 1 but got 0 (1 that does not hold)',
    hint: /--tuf-root/,
  },
  {
    name: 'targets by one of two',
    files: () => made({ signers: { targets: [keys.offline[0]!] } }),
    rule: 'threshold',
    line: '6.targets.json: expected 2 good signatures by the 3 targets keys of root version 1 but got 1',
    hint: /--tuf-root/,
  },
  {
    name: 'targets by one of two, twice',
    files: () => made({ signers: { targets: [keys.offline[0]!, keys.offline[0]!] } }),
    rule: 'malformed',
    line: /^6\.targets\.json: expected one signature by each key but got two by key [0-9a-f]{12}$/,
    hint: /operator/,
  },
  {
    name: 'targets by nobody',
    files: () => made({ signers: { targets: [] } }),
    rule: 'threshold',
    line: '6.targets.json: expected 2 good signatures by the 3 targets keys of root version 1 but got 0',
    hint: /--tuf-root/,
  },
  {
    name: 'delegated role by a stranger',
    files: () => made({ signers: { delegated: [strangers.delegate] } }),
    fresh: true,
    rule: 'threshold',
    line: '1.registry-keys.json: expected 1 good signature by the 1 registry-keys key of targets version 6 but got 0 (1 by other keys)',
    hint: /--tuf-root/,
  },
  {
    name: 'root by the new keys only',
    files: () => made({ roots: [{}, { keys: second, signers: second.offline }] }),
    rule: 'threshold',
    line: '2.root.json: expected 2 good signatures by the 3 root keys of root version 1 but got 0 (3 by other keys)',
    hint: /--tuf-root/,
  },
  {
    name: 'root by the old keys only',
    files: () => made({ roots: [{}, { keys: second, signers: keys.offline }] }),
    rule: 'threshold',
    line: '2.root.json: expected 2 good signatures by the 3 root keys of root version 2 but got 0 (3 by other keys)',
    hint: /--tuf-root/,
  },
  {
    name: 'root by one old key too few',
    files: () => made({ roots: [{}, { keys: second, signers: [keys.offline[0]!, ...second.offline] }] }),
    rule: 'threshold',
    line: '2.root.json: expected 2 good signatures by the 3 root keys of root version 1 but got 1 (3 by other keys)',
    hint: /--tuf-root/,
  },
  {
    name: 'root by one new key too few',
    files: () => made({ roots: [{}, { keys: second, signers: [...keys.offline, second.offline[0]!] }] }),
    rule: 'threshold',
    line: '2.root.json: expected 2 good signatures by the 3 root keys of root version 2 but got 1 (3 by other keys)',
    hint: /--tuf-root/,
  },
  {
    name: 'the third root by the keys of the first',
    files: () =>
      made({
        roots: [
          {},
          { keys: second, signers: [...keys.offline, ...second.offline] },
          { signers: keys.offline },
        ],
      }),
    rule: 'threshold',
    line: '3.root.json: expected 2 good signatures by the 3 root keys of root version 2 but got 0 (3 by other keys)',
    hint: /--tuf-root/,
  },
  {
    name: 'a key of an unknown type',
    files: () =>
      secondRoot((signed) => {
        for (const id of signed.roles.timestamp.keyids) signed.keys[id].keytype = 'sphincs+';
      }),
    rule: 'threshold',
    line: 'timestamp.json: expected 1 good signature by the 1 timestamp key of root version 2 but got 0 (1 of its keys not usable here: sphincs+ ecdsa-sha2-nistp256)',
    hint: /--tuf-root/,
  },
  {
    name: 'a key that is not there',
    files: () =>
      secondRoot((signed) => {
        for (const id of signed.roles.timestamp.keyids) delete signed.keys[id];
      }),
    rule: 'threshold',
    line: 'timestamp.json: expected 1 good signature by the 1 timestamp key of root version 2 but got 0 (1 of its keys not usable here: a key that is missing)',
    hint: /--tuf-root/,
  },
];

const malformed: readonly Case[] = [
  ['a login page', () => timestamp('<html>please log in</html>'), 'not JSON'],
  ['nothing', () => timestamp(''), 'not JSON'],
  ['a list', () => timestamp('[]'), 'not an object'],
  ['a deep nest', () => timestamp('['.repeat(9000)), 'more than 64 levels'],
  [
    'one key twice',
    () => timestamp('{"signed":{},"signed":{},"signatures":[]}'),
    'the same key twice in one object',
  ],
  ['something unsigned', () => timestamp('{}'), 'signed: missing'],
  [
    'a date that is none',
    () => made({ expires: { timestamp: 'never' } }),
    'expires: not a time of the form 2026-01-31T00:00:00Z',
  ],
].map(
  ([name, files, why]): Case => ({
    name: name as string,
    files: files as () => Files,
    rule: 'unreadable',
    line: `timestamp.json is not TUF metadata: ${why}`,
    hint: /login page/,
  }),
);

const wrong: readonly Case[] = [
  ...malformed,
  {
    name: 'a day that is none, in targets',
    files: () => made({ expires: { targets: '2030-02-30T00:00:00Z' } }),
    rule: 'unreadable',
    line: '6.targets.json is not TUF metadata: expires: not a time of the form 2026-01-31T00:00:00Z',
    hint: /login page/,
  },
  {
    name: 'another role',
    files: () => renamed('6.snapshot.json', 'timestamp.json'),
    rule: 'malformed',
    line: 'timestamp.json: expected metadata of type timestamp but got snapshot',
    hint: /operator/,
  },
  {
    name: 'another specification',
    files: () =>
      made({
        edit: {
          'timestamp.json': (signed) => {
            signed.spec_version = '2.0.0';
          },
        },
      }),
    rule: 'malformed',
    line: 'timestamp.json: expected version 1 of the TUF specification but got 2.0.0',
    hint: /operator/,
  },
  ...[6.5, 0, '6', 1e300].map(
    (version): Case => ({
      name: `version ${JSON.stringify(version)}`,
      files: () =>
        made({
          edit: {
            'timestamp.json': (signed) => {
              signed.version = version;
            },
          },
        }),
      rule: 'malformed',
      line: `timestamp.json: expected a whole number of at least 1 as version but got ${JSON.stringify(version)}`,
      hint: /operator/,
    }),
  ),
  {
    name: 'a threshold of nothing',
    files: () =>
      secondRoot((signed) => {
        signed.roles.timestamp.threshold = 0;
      }),
    rule: 'malformed',
    line: '2.root.json: expected a whole number of at least 1 as threshold but got 0',
    hint: /operator/,
  },
  {
    name: 'one key under two names',
    files: () =>
      secondRoot((signed) => {
        signed.keys['ff'.repeat(32)] = signed.keys[signed.roles.timestamp.keyids[0]];
        signed.roles.timestamp = {
          keyids: [...signed.roles.timestamp.keyids, 'ff'.repeat(32)],
          threshold: 2,
        };
      }),
    rule: 'malformed',
    line: '2.root.json: expected 2 different keys for timestamp but got 1',
    hint: /operator/,
  },
  {
    name: 'a role of the repository as a delegated one',
    files: () =>
      made({
        edit: {
          '6.targets.json': (signed) => {
            signed.delegations.roles[0].name = 'snapshot';
          },
        },
      }),
    rule: 'malformed',
    line: '6.targets.json: expected no delegation to a role of the repository itself but got snapshot',
    hint: /operator/,
  },
  {
    name: 'a delegated role that the snapshot does not name',
    files: () =>
      made({
        delegated: {},
        edit: { '6.snapshot.json': (signed) => delete signed.meta['registry-keys.json'] },
      }),
    fresh: true,
    rule: 'unlisted',
    line: '6.snapshot.json: expected a version of registry-keys.json, to which 6.targets.json delegates, but got none',
    hint: /operator/,
  },
];

describe.each([
  ['expired', expired],
  ['rolled back', rolledBack],
  ['not what was announced', other],
  ['not signed by enough keys', unsigned],
  ['not what TUF demands', wrong],
])('%s', (_title, cases) => {
  it.each(cases)('$name', async ({ files, rule, line, hint, at = later, fresh = false }) => {
    if (!fresh) await fillCache({ versions: good });
    setup.mirror.files = files();
    const error = await errorOf(load({ at }));
    expect(error.code).toBe('trust-root-invalid');
    const start = `tuf mirror ${setup.mirror.url} serves metadata that does not hold: `;
    expect(error.message.slice(0, start.length)).toBe(start);
    const said = error.message.slice(start.length);
    if (typeof line === 'string') expect(said).toBe(line);
    else expect(said).toMatch(line);
    expect(error.hint).toMatch(hint);
    expect(error.cause).toBeInstanceOf(TufRefusal);
    expect((error.cause as TufRefusal).rule).toBe(rule);
  });
});

describe('the anchor that was given', () => {
  const edited = (
    edit: (document: { signed: { version: number }; signatures: unknown[] }) => void,
  ): Buffer => {
    const document = JSON.parse(repository().anchor.toString());
    edit(document);
    return Buffer.from(JSON.stringify(document));
  };

  it.each([
    [
      'changed',
      edited(({ signed }) => {
        signed.version = 2;
      }),
      'expected 2 good signatures by the 3 root keys of root version 2 but got 0 (3 that do not hold)',
    ],
    [
      'with too few signatures',
      edited(({ signatures }) => void signatures.splice(1)),
      'expected 2 good signatures by the 3 root keys of root version 1 but got 1',
    ],
  ])('%s is the fault of the file, not of the mirror', async (_name, anchor, why) => {
    setup.mirror.files = made();
    const error = await errorOf(load({ anchor }));
    expect(error.code).toBe('trust-root-unreadable');
    expect(error.message).toBe(`tuf root file ${setup.folder}/root.json: ${why}`);
    expect(setup.mirror.asked).toEqual([]);
  });
});

describe('a mirror that cannot be asked is told from one that lies', () => {
  it.each([
    [
      404,
      /^tuf mirror http:\/\/[^ ]+ cannot be asked: cannot download http:\/\/[^ ]+\/timestamp\.json: status 404; the cache has nothing of it that can be used$/,
      /timestamp\.json is served below the url/,
    ],
    [
      503,
      /^tuf mirror http:\/\/[^ ]+ cannot be asked: cannot download http:\/\/[^ ]+\/2\.root\.json: status 503; the cache has nothing of it that can be used$/,
      /connection to the mirror/,
    ],
  ])('status %d', async (status, line, hint) => {
    setup.mirror.status.set('*', status);
    const error = await errorOf(load());
    expect(error.code).toBe('trust-root-unreachable');
    expect(error.message).toMatch(line);
    expect(error.hint).toMatch(hint);
  });

  it('and says why the cache is of no help', async () => {
    await fillCache();
    await setup.editCache((state) => ({
      ...state,
      metadata: new Map([
        ...state.metadata,
        [
          'timestamp.json',
          repository({ signers: { timestamp: [strangers.online] } }).files.get('timestamp.json')!,
        ],
      ]),
    }));
    const error = await errorOf(load({ offline: true }));
    expect(error.code).toBe('trust-root-unreachable');
    expect(error.message).toBe(
      `tuf mirror ${setup.mirror.url} is not asked, as this run is offline; what the cache has of it cannot be used: timestamp.json: expected 1 good signature by the 1 timestamp key of root version 1 but got 0 (1 by other keys)`,
    );
  });
});

describe('what was served before the mirror fell silent has to hold, too', () => {
  it.each([
    ['expired', () => made({ expires: { timestamp: NOW } }), 'expired'],
    ['rolled back', () => made({ versions: { ...next, timestamp: 4 } }), 'rollback'],
    ['by a stranger', () => made({ signers: { timestamp: [strangers.online] } }), 'threshold'],
  ] as const)('a timestamp that is %s, and no snapshot', async (_name, files, rule) => {
    await fillCache({ versions: good });
    setup.mirror.files = files();
    setup.mirror.status.set('6.snapshot.json', 503);
    setup.mirror.status.set('5.snapshot.json', 503);
    const error = await errorOf(load({ at: later }));
    expect(error.code).toBe('trust-root-invalid');
    expect((error.cause as TufRefusal).rule).toBe(rule);
  });

  it('the same timestamp past its expiry, and no snapshot', async () => {
    await fillCache({ versions: good });
    setup.mirror.status.set('5.snapshot.json', 404);
    const error = await errorOf(load({ at: NOW + 8 * DAY }));
    expect((error.cause as TufRefusal).rule).toBe('frozen');
  });

  it('a second root by strangers, and no third', async () => {
    setup.mirror.files = made({ roots: [{}, { signers: strangers.offline }] });
    setup.mirror.status.set('3.root.json', 500);
    expect((await errorOf(load())).code).toBe('trust-root-invalid');
  });

  it('an expired root does not count against a mirror whose next root cannot be had', async () => {
    setup.mirror.files = made({ roots: [{}, { expires: NOW - DAY }] });
    setup.mirror.status.set('3.root.json', 500);
    expect((await errorOf(load())).code).toBe('trust-root-unreachable');
  });
});

describe('delegations', () => {
  const keysAt = async (): Promise<number | undefined> =>
    (await (await load()).registryKeys('https://registry.example/'))?.keys.length;
  const target = { [KEYS_NAME]: KEYS };
  const open = {
    '1.targets.json': (signed: { delegations: { roles: { terminating: boolean }[] } }) => {
      signed.delegations.roles[0]!.terminating = false;
    },
  };
  const delegating = (options: Partial<RepositoryOptions>): void => {
    setup.mirror.files = repository({ delegated: {}, edit: open, ...options }).files;
  };

  it('go on after a role that does not have the target', async () => {
    delegating({ delegations: [{ name: 'more', paths: ['*/keys.json'], targets: target }] });
    expect(await keysAt()).toBe(4);
  });

  it('end with a terminating role', async () => {
    delegating({
      edit: {},
      delegations: [{ name: 'more', paths: ['*/keys.json'], targets: target }],
    });
    expect(await keysAt()).toBeUndefined();
  });

  it('are followed from role to role', async () => {
    delegating({
      delegations: [
        { name: 'one', paths: ['registry.example/*'] },
        { name: 'two', paths: ['*/keys.json'], from: 'one', targets: target },
      ],
    });
    expect(await keysAt()).toBe(4);
    expect(setup.mirror.asked).toContain('1.two.json');
  });

  it.each(['other.example/*', 'keys.json', '*', '**', 'registry.example/*/keys.json', '*/keys.jso'])(
    'do not reach beyond the pattern %s',
    async (pattern) => {
      delegating({ delegations: [{ name: 'more', paths: [pattern], targets: target }] });
      expect(await keysAt()).toBeUndefined();
      expect(setup.mirror.asked).not.toContain('1.more.json');
    },
  );

  it('do not let a role speak for what only its delegate was given', async () => {
    delegating({
      delegations: [
        { name: 'one', paths: ['other.example/*'] },
        { name: 'two', paths: ['*/keys.json'], from: 'one', targets: target },
      ],
    });
    expect(await keysAt()).toBeUndefined();
  });

  it('that lead back to where they came from end', async () => {
    delegating({
      delegations: [
        { name: 'one', paths: ['*/keys.json'] },
        { name: 'registry-keys', paths: ['*/keys.json'], from: 'one' },
      ],
    });
    expect(await keysAt()).toBeUndefined();
  });

  it('unsigned are refused, and so is everything with them', async () => {
    delegating({
      delegations: [{ name: 'more', paths: ['*/keys.json'], targets: target, signers: [] }],
    });
    const { code, message } = await errorOf(load());
    expect(code).toBe('trust-root-invalid');
    expect(message).toContain(
      '1.more.json: expected 1 good signature by the 1 more key of targets version 1 but got 0',
    );
  });

  it.each([15, 16])('of %d roles: more than the bound are no answer', async (count) => {
    const delegations = Array.from({ length: count }, (_, index) => ({
      name: `role-${index}`,
      paths: ['*/keys.json'],
    }));
    delegating({ delegations });
    if (count === 15) expect(await keysAt()).toBeUndefined();
    else {
      const error = await errorOf(load());
      expect(error.code).toBe('trust-root-invalid');
      expect(error.message).toContain(
        'target registry.example/keys.json: expected at most 16 delegated roles to look through but got more',
      );
    }
  });

  it.each(['with space', 'a/b', '../up', '.hidden', "o'clock(1)!~*", 'ä', '5.targets'])(
    'to a role named %s work, and from the cache',
    async (name) => {
      delegating({ delegations: [{ name, paths: ['*/keys.json'], targets: target }] });
      expect(await keysAt()).toBe(4);
      const offline = await load({ offline: true, at: NOW + 1 });
      expect(offline.origin.kind).toBe('cache');
      // A name that no file of the cache may have is asked for each time.
      if (!name.startsWith('.'))
        expect((await offline.registryKeys('https://registry.example/'))?.keys).toHaveLength(4);
    },
  );

  it.each(['__proto__', 'constructor', 'toString'])(
    'to a role named %s lead nowhere, and nowhere else',
    async (name) => {
      delegating({ delegations: [{ name, paths: ['*/keys.json'], targets: target }] });
      expect(await keysAt()).toBeUndefined();
    },
  );
});
