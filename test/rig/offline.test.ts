import { createHash } from 'node:crypto';
import dns from 'node:dns';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { VerifyDepsError } from '../../src/core/errors.ts';
import { type Fetched, fetchEvidence } from '../../src/fetch.ts';
import { inspectTrust, type RunOptions, type RunResult, run } from '../../src/run.ts';
import { headOf, rewrite, type Unpacked } from '../portable/evidence.ts';
import { runOptions, type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import { applyTamper, TAMPERS } from '../support/rig/tamper.mjs';

const YEAR_MS = 31_557_600_000;

let served: Served;
/** Where the evidence was collected. */
let home: TempProject;
let online: RunResult;
let onlineReport: string;
let fetched: Fetched;
let file: string;
const projects: TempProject[] = [];

/** The same project on a machine that has nothing: another home, an empty cache. */
async function elsewhere(): Promise<TempProject> {
  const project = await tempProject(served);
  projects.push(project);
  return project;
}

function offline(project: TempProject, evidence: string | undefined, more: Partial<RunOptions> = {}) {
  return run({
    ...runOptions(served, project),
    offline: true,
    ...(evidence === undefined ? {} : { evidence: [evidence] }),
    ...more,
  });
}

async function reportOf(project: TempProject): Promise<string> {
  return readFile(path.join(project.cwd, 'verify-deps.lock.json'), 'utf8');
}

/** Codes of errors by package, and of the run. */
function errorsOf({ report }: RunResult): Record<string, readonly string[]> {
  const errors: Record<string, readonly string[]> = {};
  for (const { evidence, findings } of report.verdicts) {
    const codes = findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    if (codes.length > 0) errors[`${evidence.subject.name}@${evidence.subject.version}`] = codes;
  }
  const run = report.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  return run.length === 0 ? errors : { ...errors, run };
}

async function failure(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof VerifyDepsError)) throw error ?? new Error('it went well');
  return { code: error.code, message: error.message };
}

let changed = 0;
function tampered(change: (unpacked: Unpacked) => void): string {
  const to = path.join(home.dir, `changed-${++changed}.evidence`);
  rewrite(file, to, change);
  return to;
}

/** The first package that has attestations, and its key in the file. */
function victimIn({ packages }: Unpacked) {
  for (const [id, { key, parts }] of packages) {
    const body = parts.get('attestations');
    if (body !== undefined) return { id, label: `${key.name}@${key.version}`, parts, body };
  }
  throw new Error('no package has attestations');
}

const edit = (bytes: Uint8Array, change: (text: string) => string): Buffer =>
  Buffer.from(change(Buffer.from(bytes).toString()));

beforeAll(async () => {
  served = await serveRig({ packages: 14, attested: 0.5, seed: 11 });
  home = await tempProject(served);
  projects.push(home);
  fetched = await fetchEvidence(runOptions(served, home));
  file = fetched.path;
  online = await run(runOptions(served, home));
  onlineReport = await reportOf(home);
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(async () => {
  await Promise.all(projects.map((project) => project.remove()));
  await served.server.close();
});

describe('fetch', () => {
  it('writes one file beside the lockfile, with all packages', () => {
    expect(fetched).toMatchObject({
      outcome: 'written',
      path: path.join(home.cwd, 'verify-deps.evidence'),
      missing: [],
      lacking: [],
      head: { packages: online.report.counts.packages, attested: served.rig.info.withAttestations },
    });
    expect(fetched.head.attested).toBeGreaterThan(2);
    expect(fetched.head.attested).toBeLessThan(fetched.head.packages);
  });

  it('writes the same bytes again, from the store and on another machine', async () => {
    const bytes = await readFile(file);
    expect((await fetchEvidence(runOptions(served, home))).outcome).toBe('unchanged');
    const other = await elsewhere();
    const again = await fetchEvidence({
      ...runOptions(served, other),
      file: path.join(other.dir, 'other.evidence'),
    });
    expect(again.head.digest).toBe(fetched.head.digest);
    expect(await readFile(again.path)).toEqual(bytes);
  });

  it('writes the same bytes whatever order the registry answers in', async () => {
    const { server, rig } = served;
    for (const { name, version } of rig.packages.filter(({ attested }) => attested)) {
      const id = `${name}@${version}`;
      const { attestations } = JSON.parse(bodyOf(`att ${id}`)) as { attestations: unknown[] };
      server.overrides.set(`att ${id}`, { json: { extra: true, attestations: attestations.toReversed() } });
    }
    try {
      const other = await elsewhere();
      expect((await fetchEvidence(runOptions(served, other))).head.digest).toBe(fetched.head.digest);
    } finally {
      server.overrides.clear();
    }
  });

  it('writes nothing where something cannot be asked, and leaves the file that is there', async () => {
    const { server, rig } = served;
    const { name, version } = rig.packages.find(({ attested }) => attested)!;
    const other = await elsewhere();
    const place = path.join(other.cwd, 'verify-deps.evidence');
    await writeFile(place, 'as it was');
    server.overrides.set(`att ${name}@${version}`, { status: 403, json: {} });
    try {
      const incomplete = await fetchEvidence(runOptions(served, other));
      expect(incomplete).toMatchObject({
        outcome: 'incomplete',
        missing: [{ about: `${name}@${version}`, why: 'registry-refused' }],
      });
    } finally {
      server.overrides.clear();
    }
    expect(await readFile(place, 'utf8')).toBe('as it was');
    expect((await readdir(other.cwd)).filter((entry) => entry.endsWith('.tmp'))).toEqual([]);
  });

  it('says what no file can carry', async () => {
    const { server, rig } = served;
    const { name, version } = rig.packages.find(({ attested }) => attested)!;
    const other = await elsewhere();
    server.overrides.set(`att ${name}@${version}`, { status: 404, json: {} });
    try {
      const { outcome, lacking } = await fetchEvidence(runOptions(served, other));
      expect({ outcome, lacking }).toEqual({
        outcome: 'written',
        lacking: [{ what: 'answers', about: [`${name}@${version}`] }],
      });
    } finally {
      server.overrides.clear();
    }
    // Online it fails; offline nobody knows.
    const result = await offline(other, path.join(other.cwd, 'verify-deps.evidence'));
    expect(result.report.outcome).toBe('undecided');
    expect(errorsOf(result)).toEqual({ [`${name}@${version}`]: ['offline-missing'] });
  });

  it('tells a place that cannot be written', async () => {
    const place = path.join(home.dir, 'no-such-folder', 'x.evidence');
    expect(await failure(fetchEvidence({ ...runOptions(served, home), file: place }))).toEqual({
      code: 'evidence-unwritable',
      message: `cannot write the evidence file ${place}: ENOENT`,
    });
  });
});

function bodyOf(key: string): string {
  const doc = served.rig.docs.get(key)!;
  if (doc.body !== undefined) return doc.body.toString();
  // Gzipped as it travels.
  return gunzipSync(doc.gz!).toString();
}

describe('a run that asks nobody', () => {
  it('comes to the same verdicts and the same report, byte for byte, without a single connection', async () => {
    const other = await elsewhere();
    served.server.reset();
    const connected = vi.spyOn(net.Socket.prototype, 'connect');
    const looked = vi.spyOn(dns, 'lookup');
    const result = await offline(other, file);
    expect(connected).not.toHaveBeenCalled();
    expect(looked).not.toHaveBeenCalled();
    expect(served.server.stats().requests).toBe(0);
    expect(result.report.outcome).toBe(online.report.outcome);
    expect(result.report.counts).toEqual(online.report.counts);
    expect(await reportOf(other)).toBe(onlineReport);
    // Nothing is left behind where nothing may be written.
    expect(await readdir(other.dir)).not.toContain('cache');
  });

  it('tells how old everything is', async () => {
    const { report } = await offline(await elsewhere(), file);
    const { oldest, newest, digest } = headOf(file);
    expect(report.gathered).toEqual({
      offline: true,
      files: [{ path: file, digest, oldest, newest }],
      ages: { oldest, newest: oldest },
    });
    expect(report.trust.origin).toMatchObject({
      kind: 'evidence',
      asOf: newest,
      metadata: online.report.trust.origin.metadata,
      stale: `offline; used the metadata in evidence file ${file}`,
    });
    expect(report.trust.expires).toBeGreaterThan(newest);
    expect(report.findings.map(({ code }) => code)).toEqual(['trust-root-stale']);
  });

  it('holds years later, when all metadata has expired', async () => {
    const other = await elsewhere();
    const { report } = await offline(other, file, { clock: () => Date.now() + 12 * YEAR_MS });
    expect(report.outcome).toBe('passed');
    expect(await reportOf(other)).toBe(onlineReport);
    expect(report.trust.expires).toBeLessThan(Date.now() + 12 * YEAR_MS);
    expect(report.trust.origin.stale).toMatch(/^offline; the metadata in evidence file .* expired on \d{4}-/);
  });

  it('finds the files of a folder', async () => {
    const other = await elsewhere();
    const folder = path.join(other.dir, 'evidence');
    await mkdir(folder);
    await cp(file, path.join(folder, 'a.evidence'));
    await writeFile(path.join(folder, 'README.md'), 'not evidence');
    expect((await offline(other, folder)).report.outcome).toBe('passed');
  });

  it('puts together what several files have', async () => {
    const halves = [0, 1].map((rest) =>
      tampered(({ packages, tuf }) => {
        for (const [index, id] of [...packages.keys()].entries()) if (index % 2 === rest) packages.delete(id);
        if (rest === 0) tuf.clear();
      }),
    );
    const other = await elsewhere();
    expect((await offline(other, undefined, { evidence: halves })).report.outcome).toBe('passed');
    expect((await offline(await elsewhere(), halves[1]!)).report.outcome).toBe('undecided');
  });

  it('leaves a package undecided that the file does not have', async () => {
    let gone = '';
    const without = tampered((unpacked) => {
      const { id, label } = victimIn(unpacked);
      unpacked.packages.delete(id);
      gone = label;
    });
    const result = await offline(await elsewhere(), without);
    expect(result.report.outcome).toBe('undecided');
    expect(errorsOf(result)).toEqual({ [gone]: ['offline-missing'] });
    expect(result.reportFile?.outcome).toBe('kept');
  });

  it('works from the store alone, and from nothing at all not', async () => {
    const { report } = await offline(home, undefined, { report: 'none' });
    expect(report.outcome).toBe('passed');
    expect(report.trust.origin).toMatchObject({ kind: 'cache', stale: undefined });
    const clock = (): number => Date.now() + 2 * 3_600_000;
    const later = await offline(home, undefined, { report: 'none', clock });
    expect(later.report.trust.origin).toMatchObject({ kind: 'cache', stale: 'offline' });
    expect(later.report.outcome).toBe('passed');
    expect(report.gathered).toMatchObject({ offline: true, files: [] });
    expect(report.gathered?.ages).toBeDefined();
    expect(await failure(offline(await elsewhere(), undefined))).toMatchObject({
      code: 'trust-root-unreachable',
      message: expect.stringContaining('is not asked, as this run is offline'),
    });
  });

  it('shows the trust root and the keys in the file', async () => {
    const other = await elsewhere();
    const options = { ...runOptions(served, other), offline: true, evidence: [file] };
    const { trust, registries } = await inspectTrust(options);
    expect(trust.origin.kind).toBe('evidence');
    expect(registries).toMatchObject([{ url: served.server.url, keys: { origin: 'tuf' } }]);
  });

  it('takes no keys from anybody whose own word they are', async () => {
    const other = await elsewhere();
    await other.write(
      'verify-deps.yaml',
      `version: 1\nregistries: [{ url: ${JSON.stringify(served.server.url)}, keys: registry }]\n`,
    );
    const { outcome, lacking } = await fetchEvidence(runOptions(served, other));
    expect({ outcome, lacking }).toEqual({
      outcome: 'written',
      lacking: [{ what: 'keys', about: [served.server.url] }],
    });
    expect(await failure(offline(other, path.join(other.cwd, 'verify-deps.evidence')))).toMatchObject({
      code: 'trust-root-unreachable',
      message: `signing keys of registry ${served.server.url} cannot be had: offline-missing`,
    });
  });

  it('takes no publish time from a file for the age of a release', async () => {
    const other = await elsewhere();
    await other.write(
      'verify-deps.yaml',
      'version: 1\nrequire: { releaseAge: error }\nminimum: { releaseAge: 1d }\n',
    );
    const { lacking } = await fetchEvidence(runOptions(served, other));
    const evidence = path.join(other.cwd, 'verify-deps.evidence');
    const told = lacking.find(({ what }) => what === 'times')!;
    const result = await offline(other, evidence);
    const undated = Object.keys(errorsOf(result));
    expect(undated.length).toBeGreaterThan(0);
    // A key that has expired since bounds the time from above: the word of the file does for that.
    expect(told.about).toEqual(expect.arrayContaining(undated));
    expect(new Set(Object.values(errorsOf(result)).flat())).toEqual(new Set(['offline-missing']));
  });
});

describe('a file that the caller vouches for', () => {
  const AGED = 'version: 1\nrequire: { releaseAge: error }\nminimum: { releaseAge: 1d }\n';

  it('counts whole: the age of releases as well', async () => {
    const other = await elsewhere();
    await other.write('verify-deps.yaml', AGED);
    const collected = await fetchEvidence(runOptions(served, other));
    const before = await run(runOptions(served, other));
    const report = await reportOf(other);
    await rm(path.join(other.cwd, 'verify-deps.lock.json'));
    const after = await offline(other, collected.path, { evidenceDigests: [collected.head.digest] });
    expect(after.report.outcome).toBe(before.report.outcome);
    expect(await reportOf(other)).toBe(report);
  });

  it('must be that very file', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(await failure(offline(await elsewhere(), file, { evidenceDigests: [digest] }))).toEqual({
      code: 'evidence-unreadable',
      message: `evidence file ${file}: expected the digest ${digest} but got ${headOf(file).digest}`,
    });
  });

  it('spares every question where somebody could be asked', async () => {
    const other = await elsewhere();
    served.server.reset();
    await run({ ...runOptions(served, other), evidence: [file], evidenceDigests: [headOf(file).digest] });
    expect(await reportOf(other)).toBe(onlineReport);
    const { byClass } = served.server.stats();
    expect(Object.keys(byClass).filter((cls) => (byClass[cls]?.requests ?? 0) > 0)).toEqual(['tuf']);
  });
});

describe('a policy from elsewhere', () => {
  it('comes out of the file, and only with its digest', async () => {
    const text = 'version: 1\nextends: recommended\nrequire: { provenance: warn }\n';
    const sha256 = createHash('sha256').update(text).digest('hex');
    const url = `${served.server.origin}/-/policy.yaml`;
    const policies = new Map([[`sha256-${sha256}`, Buffer.from(text)]]);
    const withPolicy = tampered((unpacked) => {
      unpacked.policies = policies;
    });
    const other = await elsewhere();
    await other.write(
      'verify-deps.yaml',
      `version: 1\nextends: ${JSON.stringify(`${url}#sha256-${sha256}`)}\n`,
    );
    const { report, policy } = await offline(other, withPolicy);
    expect(report.outcome).toBe('passed');
    expect(policy.defaults.provenance.value).toBe('warn');
    policies.set(`sha256-${sha256}`, Buffer.from('version: 1\nmode: observe\n'));
    const forged = tampered((unpacked) => {
      unpacked.policies = policies;
    });
    expect(await failure(offline(other, forged))).toMatchObject({
      code: 'policy-unreachable',
      message: expect.stringContaining('this run is offline'),
    });
  });
});

describe('an evidence file beside the registry', () => {
  it('spares the questions about what is signed, and nothing else', async () => {
    const other = await elsewhere();
    served.server.reset();
    const { report } = await run({ ...runOptions(served, other), evidence: [file] });
    expect(report.outcome).toBe('passed');
    expect(await reportOf(other)).toBe(onlineReport);
    const { byClass } = served.server.stats();
    expect(byClass.attestations?.requests ?? 0).toBe(0);
    expect(byClass.manifest?.requests).toBe(fetched.head.packages);
    expect(report.gathered).toMatchObject({ offline: false, files: [{ path: file }] });
    expect(report.trust.origin.kind).toBe('tuf');
  });

  it('cannot hide an attestation from a run that can ask', async () => {
    const hiding = tampered((unpacked) => {
      for (const { parts } of unpacked.packages.values()) strip(parts);
    });
    const other = await elsewhere();
    await run({ ...runOptions(served, other), evidence: [hiding] });
    expect(await reportOf(other)).toBe(onlineReport);
  });

  it('is asked about again where it is wrong', async () => {
    const wrong = tampered((unpacked) => {
      const { parts, body } = victimIn(unpacked);
      parts.set('attestations', edit(body, flipSignature));
    });
    const other = await elsewhere();
    await run({ ...runOptions(served, other), evidence: [wrong] });
    expect(await reportOf(other)).toBe(onlineReport);
  });
});

/** The registry has none, says the file. */
function strip(
  parts: Unpacked['packages'] extends Map<string, infer P>
    ? P extends { parts: infer M }
      ? M
      : never
    : never,
) {
  parts.delete('attestations');
  parts.set(
    'manifest',
    edit(parts.get('manifest')!, (text) => {
      const manifest = JSON.parse(text) as { dist: { attestations?: unknown } };
      delete manifest.dist.attestations;
      return JSON.stringify(manifest);
    }),
  );
}

function flipSignature(text: string): string {
  return text.replace(
    /"sig":"(.{12})(.)/,
    (_, head: string, next: string) => `"sig":"${head}${next === 'A' ? 'B' : 'A'}`,
  );
}

describe('a file that somebody has changed', () => {
  const cases: readonly (readonly [string, (unpacked: Unpacked) => string, readonly string[]])[] = [
    [
      'a signature of the registry',
      (unpacked) => {
        const { parts, label } = victimIn(unpacked);
        parts.set('manifest', edit(parts.get('manifest')!, flipSignature));
        return label;
      },
      ['signature-invalid'],
    ],
    [
      'the digest',
      (unpacked) => {
        const { parts, label } = victimIn(unpacked);
        parts.set(
          'manifest',
          edit(parts.get('manifest')!, (text) => text.replace(/"sha512-.{8}/, '"sha512-AAAAAAAA')),
        );
        return label;
      },
      ['integrity-mismatch'],
    ],
    [
      'a signature of an attestation',
      (unpacked) => {
        const { parts, body, label } = victimIn(unpacked);
        parts.set('attestations', edit(body, flipSignature));
        return label;
      },
      ['tlog-entry-mismatch'],
    ],
    [
      'attestations of another package',
      (unpacked) => {
        const { parts, label, id } = victimIn(unpacked);
        const other = [...unpacked.packages].find(
          ([key, { parts }]) => key !== id && parts.has('attestations'),
        )!;
        parts.set('attestations', other[1].parts.get('attestations')!);
        return label;
      },
      ['subject-name-mismatch'],
    ],
    [
      'attestations that are taken out',
      (unpacked) => {
        const { parts, label } = victimIn(unpacked);
        parts.delete('attestations');
        return label;
      },
      ['offline-missing'],
    ],
    [
      'an empty list of attestations',
      (unpacked) => {
        const { parts, label } = victimIn(unpacked);
        parts.set('attestations', Buffer.from('{"attestations":[]}'));
        return label;
      },
      ['attestations-withheld'],
    ],
    [
      'attestations that are no JSON',
      (unpacked) => {
        const { parts, label } = victimIn(unpacked);
        parts.set('attestations', Buffer.from('login'));
        return label;
      },
      ['malformed'],
    ],
    [
      'the manifest of another package',
      (unpacked) => {
        const { parts, label, id } = victimIn(unpacked);
        const other = [...unpacked.packages].find(([key]) => key !== id)!;
        parts.set('manifest', other[1].parts.get('manifest')!);
        return label;
      },
      ['offline-missing'],
    ],
  ];

  it.each(cases)('%s: is told of this package', async (_what, change, codes) => {
    let victim = '';
    const evidence = tampered((unpacked) => {
      victim = change(unpacked);
    });
    const result = await offline(await elsewhere(), evidence);
    const errors = errorsOf(result);
    expect(Object.keys(errors)).toEqual([victim]);
    expect(new Set(errors[victim])).toEqual(new Set(codes));
  });

  it('hides attestations no better than a registry that has none: the report remembers', async () => {
    let victim = '';
    const hiding = tampered((unpacked) => {
      const { parts, label } = victimIn(unpacked);
      strip(parts);
      victim = label;
    });
    const fresh = await elsewhere();
    expect((await offline(fresh, hiding)).report.outcome).toBe('passed');
    const other = await elsewhere();
    await other.write('verify-deps.lock.json', onlineReport);
    const result = await offline(other, hiding);
    expect(result.report.outcome).toBe('failed');
    expect(errorsOf(result)).toEqual({ [victim]: ['provenance-lost'] });
  });

  const trustCases: readonly (readonly [string, (state: TufOf) => void, string, RegExp])[] = [
    [
      'a trust root of somebody else',
      ({ targets }) => {
        targets.set('trusted_root.json', Buffer.from('{}'));
      },
      'trust-root-unreachable',
      /does not hold all of the metadata/,
    ],
    [
      'a timestamp',
      ({ metadata }) => {
        metadata.set(
          'timestamp.json',
          edit(metadata.get('timestamp.json')!, (text) => text.replace(/"version":\s*\d+/, '"version":99')),
        );
      },
      'trust-root-invalid',
      /evidence file .* holds tuf metadata that does not hold: timestamp\.json: expected \d+ good signature/,
    ],
    [
      'metadata that is taken out',
      ({ metadata }) => {
        metadata.delete('snapshot.json');
      },
      'trust-root-unreachable',
      /does not hold all of the metadata/,
    ],
    [
      'a chain that ends before the anchor',
      ({ roots }) => {
        roots.clear();
      },
      'trust-root-unreachable',
      /its root metadata ends with version 0, and the anchor here is version 1/,
    ],
    [
      'a chain with a gap',
      ({ roots }) => {
        const root = roots.get(1)!;
        roots.clear();
        roots.set(7, root);
      },
      'trust-root-unreachable',
      /its root metadata leaves out version 2/,
    ],
  ];
  type TufOf = Unpacked['tuf'] extends Map<string, infer S> ? S : never;

  it.each(trustCases)('%s: nothing is judged', async (_what, change, code, message) => {
    const evidence = tampered(({ tuf }) => {
      for (const state of tuf.values()) change(state);
    });
    const told = await failure(offline(await elsewhere(), evidence));
    expect(told.code).toBe(code);
    expect(told.message).toMatch(message);
  });

  it('is not believed over newer metadata of this machine', async () => {
    const other = await elsewhere();
    await mkdir(path.join(other.dir, 'cache'), { recursive: true });
    await cp(path.join(home.cacheDir, 'tuf'), path.join(other.cacheDir, 'tuf'), { recursive: true });
    const { report } = await offline(other, file);
    expect(report.trust.origin.kind).toBe('cache');
    expect(report.outcome).toBe('passed');
  });
});

describe('what a registry that is tampered with has served', () => {
  // What is not about answers that an evidence file carries, or that would end the run already.
  const carried = TAMPERS.filter(
    ({ where, group, needs }) => where === 'served' && needs === undefined && group !== 'fault',
  );

  it.each(carried.map(({ id }) => id).filter((_, index) => index % 6 === 0))(
    '%s: is judged offline as online, or not at all',
    async (id) => {
      const { rig, server } = served;
      const { undo } = applyTamper(id, { rig, server });
      try {
        const there = await elsewhere();
        const collected = await fetchEvidence(runOptions(served, there)).catch(() => undefined);
        if (collected?.outcome !== 'written') return;
        const before = await run({ ...runOptions(served, there), report: 'none' });
        const after = await offline(await elsewhere(), collected.path, { report: 'none' });
        const errors = errorsOf(after);
        for (const [label, codes] of Object.entries(errorsOf(before)))
          expect([codes, ['offline-missing']]).toContainEqual(errors[label]);
        expect(after.report.counts.failed + after.report.counts.undecided).toBe(
          before.report.counts.failed + before.report.counts.undecided,
        );
      } finally {
        undo();
      }
    },
  );

  it('has tampers to try', () => {
    expect(carried.length).toBeGreaterThan(50);
  });
});

describe('with the server gone', () => {
  it('is the same still', async () => {
    const gone = await serveRig({ packages: 6, attested: 1, seed: 5 });
    const project = await tempProject(gone);
    const other = await tempProject(gone);
    try {
      const { path: evidence } = await fetchEvidence(runOptions(gone, project));
      await run(runOptions(gone, project));
      await gone.server.close();
      await rm(project.cacheDir, { recursive: true });
      const { report } = await run({ ...runOptions(gone, other), offline: true, evidence: [evidence] });
      expect(report.outcome).toBe('passed');
      expect(await reportOf(other)).toBe(await reportOf(project));
    } finally {
      await Promise.all([project.remove(), other.remove()]);
    }
  });
});
