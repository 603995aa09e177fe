/** Root chains and repositories as they were published. Their days are over: the clock is set to when they held. */
import { beforeAll, describe, expect, test } from 'vitest';
import { DownloadError } from '../../src/registry/download-error.ts';
import { runTuf, type TufResult, type WantedTarget } from '../../src/trust/tuf-client.ts';
import { examine, examineAnchor, type ServedMetadata } from '../../src/trust/tuf-examine.ts';
import { readMetadata } from '../../src/trust/tuf-metadata.ts';
import { TufRefusal } from '../../src/trust/tuf-refusal.ts';
import type { TufState } from '../../src/trust/tuf-state.ts';
import { hasData, missing, readBytes } from './data.ts';

const MIRROR = 'https://tuf.example/repository';
const STATIC = ['tuf', 'tuf-conformance-static', 'tuf-on-ci-0.11'] as const;
const TARGET: WantedTarget = { name: 'delegatedrole/artifact', bytesMax: 65_536 };

/** The published files in place of a mirror; metadata and targets lie in folders of their own. */
async function published(url: string, bytesMax: number): Promise<Uint8Array> {
  const name = url.slice(MIRROR.length + 1);
  const place = name.startsWith('targets/') ? name : `metadata/${name}`;
  let bytes: Buffer;
  try {
    bytes = readBytes(...STATIC, ...place.split('/'));
  } catch {
    throw new DownloadError(`no ${name}`, 404);
  }
  if (bytes.length > bytesMax) throw new DownloadError(`${name} is too large`, undefined, 'too-large');
  return bytes;
}

function pass(now: number, download = published, state?: TufState): Promise<TufResult> {
  const anchor = readBytes(...STATIC, 'initial_root.json');
  return runTuf({ mirror: MIRROR, anchor }, { state, now, download, wanted: [TARGET] });
}

async function refusalOf(promise: Promise<unknown>): Promise<TufRefusal> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TufRefusal) return error;
  throw error ?? new Error('expected a refusal but got none');
}

describe.skipIf(!hasData)(`a repository made with tuf-on-ci${missing}`, () => {
  let now: number;
  beforeAll(() => {
    now = Date.parse(
      readBytes(...STATIC, 'faketime')
        .toString('utf8')
        .trim()
        .replace(' ', 'T'),
    );
  });

  test('is followed to the target of its delegated role, and again without the mirror', async () => {
    const { targets, state, versions } = await pass(now);
    expect(targets.get(TARGET.name)).toEqual(
      readBytes(
        ...STATIC,
        'targets',
        'delegatedrole',
        '45f337ee451b4c098d121d09cc224bacc7794503ac58a47a78cfe7ebefb7fab3.artifact',
      ),
    );
    expect(versions.root).toBe(1);
    const again = await runTuf(
      { mirror: MIRROR, anchor: readBytes(...STATIC, 'initial_root.json') },
      { state, now, download: undefined, wanted: [TARGET] },
    );
    expect(again.targets).toEqual(targets);
  });

  test('has expired in the end', async () => {
    expect((await refusalOf(pass(Date.UTC(2100, 0, 1)))).rule).toBe('expired');
  });

  test.each(['timestamp.json', '2.snapshot.json', '1.targets.json', '2.delegatedrole.json'])(
    'with any one digit of %s changed is refused for a reason that is known',
    async (file) => {
      const bytes = readBytes(...STATIC, 'metadata', file);
      const digits = [...bytes.keys()].filter((at) => bytes[at]! >= 0x30 && bytes[at]! <= 0x39);
      // Enough of them to meet each kind of field.
      const step = Math.max(1, Math.floor(digits.length / 25));
      for (let i = 0; i < digits.length; i += step) {
        const at = digits[i]!;
        const other = Buffer.from(bytes);
        other[at] = bytes[at] === 0x39 ? 0x38 : bytes[at]! + 1;
        const swapped = async (url: string, max: number): Promise<Uint8Array> =>
          url.endsWith(`/${file}`) ? other : published(url, max);
        const outcome = await pass(now, swapped).catch((error: unknown) => error);
        // A signature that the threshold does not need may break.
        if (outcome instanceof Error) {
          expect(outcome).toBeInstanceOf(TufRefusal);
          expect((outcome as TufRefusal).rule).not.toBe('unexplained');
        } else expect(JSON.parse(other.toString()).signed).toEqual(JSON.parse(bytes.toString()).signed);
      }
    },
  );
});

describe.skipIf(!hasData)(`root chains of the public instance${missing}`, () => {
  const root = (instance: string, version: number): Buffer =>
    readBytes('tuf', 'roots', instance, `${version}.root.json`);
  const chain = (instance: string, from: number, to: number): ServedMetadata[] =>
    Array.from({ length: to - from }, (_, index) => ({
      file: `${from + 1 + index}.root.json`,
      role: 'root',
      bytes: root(instance, from + 1 + index),
    }));
  const follow = (instance: string, from: number, to: number): TufRefusal | undefined =>
    examine({
      anchor: root(instance, from),
      state: undefined,
      served: chain(instance, from, to),
      now: 0,
      refused: true,
    });

  test('each root follows from the one before, from the oldest at hand to the newest', () => {
    expect(follow('prod', 3, 15)).toBeUndefined();
    expect(follow('staging', 1, 14)).toBeUndefined();
  });

  test('the first of all can be started from, in the key format of its time', () => {
    expect(examineAnchor(root('prod', 1), '1.root.json')).toBeUndefined();
  });

  test('no root can be left out, and none comes after the last', () => {
    for (const version of [3, 7, 13])
      expect(
        examine({
          anchor: root('prod', version),
          state: undefined,
          served: chain('prod', version + 1, version + 2),
          now: 0,
          refused: true,
        }),
      ).toMatchObject({ file: `${version + 2}.root.json` });
    expect(
      examine({
        anchor: root('prod', 14),
        state: undefined,
        served: [{ file: '15.root.json', role: 'root', bytes: root('staging', 14) }],
        now: 0,
        refused: true,
      }),
    ).toMatchObject({ rule: 'threshold', file: '15.root.json' });
  });

  test.each([
    ['prod', 3, 15],
    ['staging', 1, 14],
  ] as const)('of %s: tuf-js follows it as far, and then lacks the timestamp', async (instance, from, to) => {
    const asked: string[] = [];
    const download = async (url: string): Promise<Uint8Array> => {
      const name = url.slice(MIRROR.length + 1);
      asked.push(name);
      const version = /^(\d+)\.root\.json$/.exec(name)?.[1];
      if (version === undefined || Number(version) > to) throw new DownloadError(`no ${name}`, 404);
      return root(instance, Number(version));
    };
    const before = readMetadata(root(instance, to), `${to}.root.json`, 'root').expires - 1;
    await expect(
      runTuf(
        { mirror: MIRROR, anchor: root(instance, from) },
        { state: undefined, now: before, download, wanted: [] },
      ),
    ).rejects.toMatchObject({ name: 'TufUnreachableError' });
    expect(asked).toEqual([
      ...chain(instance, from, to).map(({ file }) => file),
      `${to + 1}.root.json`,
      'timestamp.json',
    ]);
  });

  test('the anchors that clients ship can be started from', () => {
    for (const file of [
      'sigstore-go-prod-root.json',
      'sigstore-go-staging-root.json',
      'github-tuf-root.json',
    ])
      expect(examineAnchor(readBytes('tuf', 'seeds', file), file)).toBeUndefined();
  });
});

describe.skipIf(!hasData)(`an anchor of another repository${missing}`, () => {
  test('is told by the keys it does not have', async () => {
    const anchor = readBytes('tuf', 'roots', 'prod', '15.root.json');
    const refusal = await refusalOf(
      runTuf(
        { mirror: MIRROR, anchor },
        { state: undefined, now: Date.UTC(2026, 9, 1), download: published, wanted: [] },
      ),
    );
    expect(refusal).toMatchObject({ rule: 'threshold', file: 'timestamp.json' });
  });
});
