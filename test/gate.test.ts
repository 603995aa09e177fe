import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gate, type GateOptions, isBlocked, type Offer, openGate } from '../src/gate.ts';
import { run } from '../src/run.ts';
import { runOptions, type Served, serveRig, type TempProject, tempProject } from './support/project.ts';

const LATER = Date.UTC(2031, 0, 1);

let served: Served;
let project: TempProject;
let gate: Gate;

beforeAll(async () => {
  served = await serveRig({
    catalogue: [
      { name: 'sound', version: '2.1.0', days: 40, attested: 'v0.3' },
      { name: 'bare', version: '1.0.0', days: 40 },
      { name: 'moved', version: '3.0.0', days: 40, attested: 'v0.3' },
    ],
  });
  project = await tempProject(served);
  await project.write('verify-deps.json', {
    version: 1,
    extends: 'recommended',
    require: { provenance: 'error' },
  });
  gate = await openGate(options());
});

afterAll(async () => {
  await gate.close();
  await served.server.close();
  await project.remove();
});

function options(more: Partial<GateOptions> = {}): GateOptions {
  return { ...runOptions(served, project), ...more };
}

function offer(name: string, more: Partial<Offer> = {}): Offer {
  const { version, integrity } = served.rig.project['package-lock.json'].packages[`node_modules/${name}`]!;
  return { name, version: version!, integrity, ...more };
}

const codesOf = async (offered: Offer, of = gate) =>
  (await of.judge(offered)).findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);

describe('one package at a time', () => {
  test('what the policy accepts of a run passes here as well', async () => {
    expect(await gate.judge(offer('sound'))).toMatchObject({ outcome: 'passed' });
    expect(isBlocked(await gate.judge(offer('sound')))).toBe(false);
  });

  test.each<[string, Offer | (() => Offer), string]>([
    ['without provenance', () => offer('bare'), 'provenance-absent'],
    [
      'other bytes than were signed',
      () => offer('sound', { integrity: offer('moved').integrity }),
      'integrity-mismatch',
    ],
    ['no digest at all', () => offer('sound', { integrity: undefined }), 'integrity-missing'],
    [
      'a digest that nobody signs',
      () => offer('sound', { integrity: `sha1-${'A'.repeat(27)}=` }),
      'integrity-weak',
    ],
    ['a version that does not exist', () => offer('sound', { version: '2.1.1' }), 'version-absent'],
  ])('%s is blocked', async (_, made, code) => {
    const offered = typeof made === 'function' ? made() : made;
    expect(isBlocked(await gate.judge(offered))).toBe(true);
    expect(await codesOf(offered)).toContain(code);
  });

  test('where the tarball is said to be is judged as in a lockfile', async () => {
    const { findings } = await gate.judge(
      offer('sound', { resolved: 'https://elsewhere.example/sound-2.1.0.tgz' }),
    );
    expect(findings.map(({ code }) => code)).toContain('resolved-elsewhere');
  });

  test.each([
    ['../sound', '2.1.0'],
    ['sound', 'latest'],
    ['', ''],
    ['sound', '2.1.0/../../x'],
    ['__proto__', '1.0.0'],
  ])('%j at %j is no package', async (name, version) => {
    await expect(gate.judge({ name, version, integrity: undefined })).rejects.toMatchObject({
      code: 'offer-malformed',
    });
  });

  test('the same question is answered once, whoever asks', async () => {
    const own = await openGate(options({ cacheDir: path.join(project.dir, 'asked-once') }));
    try {
      served.server.reset();
      const first = await Promise.all([own.judge(offer('sound')), own.judge(offer('sound'))]);
      const asked = served.server.stats().requests;
      expect(await own.judge(offer('sound'))).toBe(first[0]);
      expect(first[1]).toBe(first[0]);
      expect(served.server.stats().requests).toBe(asked);
    } finally {
      await own.close();
    }
  });

  test('what could not be asked is asked again, and blocked until then', async () => {
    const cacheDir = path.join(project.dir, 'asked-again');
    const own = await openGate(options({ cacheDir }));
    const keys = ['manifest sound@2.1.0', 'full sound'];
    for (const key of keys) served.server.overrides.set(key, { status: 403, json: {} });
    try {
      const without = await own.judge(offer('sound'));
      expect(without.outcome).toBe('undecided');
      expect(isBlocked(without)).toBe(true);
      for (const key of keys) served.server.overrides.delete(key);
      expect((await own.judge(offer('sound'))).outcome).toBe('passed');
    } finally {
      for (const key of keys) served.server.overrides.delete(key);
      await own.close();
      await rm(cacheDir, { recursive: true, force: true });
    }
  });

  test('a gate that stays open sees exemptions run out', async () => {
    const policy = 'exempting.json';
    await project.write(policy, {
      version: 1,
      extends: './verify-deps.json',
      exemptions: [{ package: 'bare@1.0.0', reason: 'an old one', owner: 'team', expires: '2030-01-01' }],
    });
    let now = Date.now();
    const own = await openGate(options({ policy, clock: () => now }));
    try {
      expect((await own.judge(offer('bare'))).outcome).toBe('passed-with-exemption');
      now = LATER;
      expect((await own.judge(offer('bare'))).outcome).toBe('failed');
    } finally {
      await own.close();
    }
  });

  test.each(['prod', 'dev', 'optional', 'peer'])(
    'a demand on %s dependencies alone is kept',
    async (dependency) => {
      const policy = `only-${dependency}.json`;
      const rules = [{ match: { name: '*', dependency, direct: false }, require: { provenance: 'error' } }];
      await project.write(policy, { version: 1, extends: 'recommended', rules });
      const own = await openGate(options({ policy }));
      try {
        expect(await codesOf(offer('bare'), own)).toEqual(['provenance-absent']);
        expect(await codesOf(offer('sound'), own)).toEqual([]);
      } finally {
        await own.close();
      }
    },
  );

  test('it is held to what the report recorded', async () => {
    await run(runOptions(served, project, { preset: 'recommended' }));
    const key = 'manifest moved@3.0.0';
    const own = await openGate(options({ preset: 'recommended', cacheDir: path.join(project.dir, 'lost') }));
    const manifest = await manifestOf('moved@3.0.0');
    served.server.overrides.set(key, {
      json: { ...manifest, dist: { ...manifest.dist, attestations: undefined } },
    });
    try {
      expect(await codesOf(offer('moved'), own)).toContain('provenance-lost');
    } finally {
      served.server.overrides.delete(key);
      await own.close();
    }
  });
});

async function manifestOf(id: string): Promise<{ dist: object }> {
  const [name, version] = id.split('@');
  return (await (await fetch(`${served.server.url}${name}/${version}`)).json()) as { dist: object };
}
