import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import type { EvidenceContext } from '../../src/evidence/collect.ts';
import { collectAll } from '../../src/evidence/collect-all.ts';
import type { Subject } from '../../src/evidence/types.ts';
import { makeWorld, NOW, REGISTRY } from '../sigstore/world.ts';
import { SRI } from '../support/nodes.ts';
import { type Loose, nodeOf } from './samples.ts';

const world = makeWorld(41);
const key = world.keys[1]!;
const keys = {
  origin: 'tuf',
  registry: REGISTRY,
  keys: [{ keyid: key.hint, usage: 'signatures', key: key.key, validFor: key.validFor }],
};

const subjects = (count: number): Subject[] =>
  Array.from({ length: count }, (_, i) => {
    const node = nodeOf(`n${i}`, { name: `p${i}`, version: '1.0.0' });
    return {
      purl: `pkg:npm/p${i}@1.0.0`,
      name: node.name,
      version: '1.0.0',
      integrity: node.integrity,
      source: node.source,
      nodes: [node],
    };
  });
const manifestOf = (name: string, signatures: unknown[]) => ({
  status: 'found',
  value: {
    name,
    version: '1.0.0',
    integrity: SRI,
    signatures,
    announcesAttestations: false,
    announcesProvenance: false,
    hasInstallScript: false,
  },
});
const good = (name: string) =>
  world.sigstore.registrySignature(`${name}@1.0.0`, SRI, world.sigstore.npmKeys[1]);

function contextOf(client: Loose, trustKeys: unknown = keys) {
  const asked: string[] = [];
  const log = (what: string, answer: (ref: Loose) => unknown) => (ref: Loose) => {
    asked.push(`${what} ${ref.name}`);
    return Promise.resolve(answer(ref));
  };
  const context: Loose = {
    client: {
      registryFor: () => REGISTRY,
      defaultRegistry: REGISTRY,
      manifest: log('manifest', client.manifest),
      fullManifest: log(
        'packument',
        client.fullManifest ?? (() => unproven('unreachable', 'registry-unreachable')),
      ),
      forget: client.forget ?? (() => false),
    },
    trust: { root: world.trustRoot, registryKeys: () => Promise.resolve(trustKeys) },
    tarballs: false,
    now: NOW,
  };
  return { context: context as EvidenceContext, asked };
}
const statuses = (evidence: readonly Loose[]) =>
  evidence.map(({ registrySignature }) => registrySignature.status);

describe('trust that is still being established', () => {
  test('keeps nothing from being asked that does not depend on it', async () => {
    const { context, asked } = contextOf({ manifest: ({ name }: Loose) => manifestOf(name, [good(name)]) });
    const slow = context as Loose;
    const { trust } = slow;
    let establish!: (trust: unknown) => void;
    slow.trust = new Promise((resolve) => (establish = resolve));
    let done = 0;
    const evidence = collectAll(subjects(3), context, { onDone: () => done++ });
    await expect.poll(() => asked).toEqual(['manifest p0', 'manifest p1', 'manifest p2']);
    expect(done).toBe(0);
    establish(trust);
    expect(statuses(await evidence)).toEqual(['verified', 'verified', 'verified']);
  });

  test('that is long in coming lets more be asked than is worked on afterwards, and no end of them', async () => {
    const asked: (() => void)[] = [];
    const { context } = contextOf({});
    const slow = context as Loose;
    slow.client.manifest = ({ name }: Loose) =>
      new Promise((resolve) => asked.push(() => resolve(manifestOf(name, [good(name)]))));
    const { trust } = slow;
    let establish!: (trust: unknown) => void;
    slow.trust = new Promise((resolve) => (establish = resolve));
    const evidence = collectAll(subjects(300), context);
    await new Promise(setImmediate);
    expect(asked.length).toBeGreaterThanOrEqual(64);
    await expect.poll(() => asked.length).toBe(128);
    establish(trust);
    await new Promise(setImmediate);
    for (let i = 0; i < 128; i++) asked[i]!();
    await expect.poll(() => asked.length).toBe(128 + 64);
    for (let i = 128; i < 300; i++) {
      await expect.poll(() => asked.length).toBeGreaterThan(i);
      asked[i]!();
    }
    expect(new Set(statuses(await evidence))).toEqual(new Set(['verified']));
  });

  test('lets no more lists of attestations pile up than are worked on', async () => {
    const announcing = ({ name }: Loose): Loose => {
      const { value, ...rest } = manifestOf(name, [good(name)]);
      return { ...rest, value: { ...value, announcesAttestations: true } };
    };
    const { context, asked } = contextOf({ manifest: announcing });
    const slow = context as Loose;
    let held = 0;
    slow.client.attestations = () => {
      held++;
      return Promise.resolve({ status: 'found', value: Buffer.from('{"attestations":[]}') });
    };
    const { trust } = slow;
    let establish!: (trust: unknown) => void;
    slow.trust = new Promise((resolve) => (establish = resolve));
    const evidence = collectAll(subjects(400), context);
    await expect.poll(() => asked.length).toBe(128);
    expect(held).toBe(64);
    establish(trust);
    expect(new Set((await evidence).map(({ publish }: Loose) => publish.code))).toEqual(
      new Set(['attestations-withheld']),
    );
    expect(held).toBe(400);
  });

  test('and cannot be is the end, whatever the rest would have to wait for', async () => {
    const { context, asked } = contextOf({});
    const broken = context as Loose;
    let answer!: (manifest: unknown) => void;
    broken.client.manifest = async (ref: Loose) => {
      asked.push(ref.name);
      return new Promise((resolve) => (answer = resolve));
    };
    broken.trust = Promise.reject(new Error('no trust root'));
    await expect(collectAll(subjects(300), context)).rejects.toThrow('no trust root');
    // Whoever is answered now takes up nothing further.
    expect(asked).toHaveLength(64);
    answer(unproven('unreachable', 'registry-unreachable'));
    await new Promise(setImmediate);
    expect(asked).toHaveLength(64);
  });
});

describe('the evidence of many packages', () => {
  test('comes in the order of the subjects, however late the answers are', async () => {
    const { context } = contextOf({ manifest: ({ name }: Loose) => manifestOf(name, [good(name)]) });
    const slow: Loose = context.client;
    const { manifest } = slow;
    slow.manifest = async (ref: Loose) => {
      await new Promise((resolve) => setTimeout(resolve, ref.name === 'p0' ? 20 : 0));
      return manifest(ref);
    };
    let done = 0;
    const list = subjects(70);
    const evidence = await collectAll(list, context, { onDone: () => done++ });
    expect(evidence.map(({ subject }) => subject.name)).toEqual(list.map(({ name }) => name));
    expect([done, new Set(statuses(evidence))]).toEqual([70, new Set(['verified'])]);
    expect(await collectAll([], context)).toEqual([]);
  });

  test('asks for packuments where a registry signs some and not others', async () => {
    const { context, asked } = contextOf({
      manifest: ({ name }: Loose) => manifestOf(name, name === 'p1' ? [] : [good(name)]),
      fullManifest: ({ name }: Loose) => manifestOf(name, [good(name)]),
    });
    expect(statuses(await collectAll(subjects(3), context))).toEqual(['verified', 'verified', 'verified']);
    expect(asked.filter((line) => line.startsWith('packument'))).toEqual(['packument p1']);
  });

  test('asks for a few only where a registry seems to sign nothing, and for the rest if those were signed', async () => {
    const unsigned = { manifest: ({ name }: Loose) => manifestOf(name, []) };
    const none = contextOf({ ...unsigned, fullManifest: ({ name }: Loose) => manifestOf(name, []) });
    expect(new Set(statuses(await collectAll(subjects(9), none.context)))).toEqual(new Set(['absent']));
    expect(none.asked.filter((line) => line.startsWith('packument'))).toHaveLength(3);
    const all = contextOf({ ...unsigned, fullManifest: ({ name }: Loose) => manifestOf(name, [good(name)]) });
    expect(new Set(statuses(await collectAll(subjects(9), all.context)))).toEqual(new Set(['verified']));
    expect(all.asked.filter((line) => line.startsWith('packument'))).toHaveLength(9);
    const lost = contextOf(unsigned);
    expect(new Set(statuses(await collectAll(subjects(9), lost.context)))).toEqual(new Set(['absent']));
    const keyless = contextOf(unsigned);
    const quiet = {
      ...keyless.context,
      trust: { ...keyless.context.trust, registryKeys: () => Promise.resolve(undefined) },
    };
    await collectAll(subjects(9), quiet);
    expect(keyless.asked.filter((line) => line.startsWith('packument'))).toEqual([]);
  });

  test('asks once more before holding against a package what the store has kept', async () => {
    let stored = true;
    const { context, asked } = contextOf({
      manifest: ({ name }: Loose) =>
        manifestOf(name, [stored ? { ...good(name), sig: good('x').sig } : good(name)]),
      forget: () => {
        stored = false;
        return true;
      },
    });
    expect(statuses(await collectAll(subjects(1), context))).toEqual(['verified']);
    expect(asked).toEqual(['manifest p0', 'manifest p0']);
  });

  test('holds it against the package where the answer is the same, nobody answers, or it was fresh', async () => {
    const bad = ({ name }: Loose) => manifestOf(name, [{ ...good(name), sig: good('x').sig }]);
    const same = contextOf({ manifest: bad, forget: () => true });
    expect(statuses(await collectAll(subjects(1), same.context))).toEqual(['invalid']);
    let calls = 0;
    const down = contextOf({
      manifest: (ref: Loose) => (calls++ === 0 ? bad(ref) : unproven('unreachable', 'registry-unreachable')),
      forget: () => true,
    });
    expect(statuses(await collectAll(subjects(1), down.context))).toEqual(['invalid']);
    const fresh = contextOf({ manifest: bad });
    expect(statuses(await collectAll(subjects(1), fresh.context))).toEqual(['invalid']);
    expect(fresh.asked).toEqual(['manifest p0']);
  });

  test('says what it asks about once more, and of how many', async () => {
    const steps = async (context: EvidenceContext): Promise<string[]> => {
      const seen: string[] = [];
      await collectAll(subjects(5), context, { onAgain: (done, total) => seen.push(`${done}/${total}`) });
      return seen;
    };
    const unsigned = ({ name }: Loose) => manifestOf(name, []);
    const signed = ({ name }: Loose) => manifestOf(name, [good(name)]);
    const rest = contextOf({ manifest: unsigned, fullManifest: signed });
    expect(await steps(rest.context)).toEqual(['0/5', '1/5', '2/5', '3/5', '4/5']);
    const kept = contextOf({
      manifest: ({ name }: Loose) => manifestOf(name, [{ ...good(name), sig: good('x').sig }]),
      forget: ({ name }: Loose) => name === 'p3',
    });
    expect(await steps(kept.context)).toEqual(['3/5']);
    expect(await steps(contextOf({ manifest: signed }).context)).toEqual([]);
  });

  test('stops when it is told to', async () => {
    const { context } = contextOf({ manifest: ({ name }: Loose) => manifestOf(name, [good(name)]) });
    const reason = new Error('stop');
    await expect(collectAll(subjects(2), context, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });
});
