import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main, type Streams } from '../../src/cli/main.ts';
import { unproven, verified } from '../../src/core/check.ts';
import { VerifyDepsError } from '../../src/core/errors.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Verdict } from '../../src/policy/types.ts';
import type { Report } from '../../src/report/types.ts';
import type { RunOptions, RunResult } from '../../src/run.ts';
import type { PackageNode } from '../../src/tree/types.ts';
import { packageNode } from '../support/nodes.ts';

const { run, inspectTrust } = vi.hoisted(() => ({ run: vi.fn(), inspectTrust: vi.fn() }));
vi.mock('../../src/run.ts', () => ({
  run,
  inspectTrust,
  isOpen: () => false,
  REPORT_NAME: 'verify-deps.lock.json',
}));

const folder = mkdtempSync(path.join(tmpdir(), 'verify-deps-main-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const policy = await loadPolicy({ from: folder, preset: 'recommended' });

function collector(failure?: string): { stream: NodeJS.WriteStream; text(): string } {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (failure !== undefined) return done(Object.assign(new Error(failure), { code: failure }));
      text += chunk.toString();
      done();
    },
  });
  return { stream: stream as NodeJS.WriteStream, text: () => text };
}

async function call(
  argv: readonly string[],
  outFails?: string,
): Promise<{ code: number; out: string; err: string }> {
  const out = collector(outFails);
  const err = collector();
  const streams: Streams = {
    // Made by Node.js at the first look, for which none of these commands has a reason.
    get stdin(): never {
      throw new Error('standard input was looked at');
    },
    stdout: out.stream,
    stderr: err.stream,
  };
  const code = await main(['-C', folder, ...argv], streams);
  return { code, out: out.text(), err: err.text() };
}

function verdictOf(node: PackageNode, outcome: Verdict['outcome'] = 'passed'): Verdict {
  const absent = unproven('absent', 'attestations-absent');
  return {
    outcome,
    findings: [],
    evidence: {
      subject: {
        purl: `pkg:npm/${node.name}@${node.version}`,
        name: node.name,
        version: node.version,
        integrity: node.integrity,
        source: node.source,
        nodes: [node],
      },
      registry: 'https://registry.example/',
      integrity: verified('sha512'),
      resolved: verified('https://registry.example/x.tgz'),
      registrySignature: verified({ keyid: 'SHA256:k', keyOrigin: 'tuf', publishTime: undefined }),
      publish: absent,
      provenance: absent,
      other: [],
      tarball: undefined,
      declared: undefined,
      notes: [],
    },
  };
}

function resultOf(
  outcome: Report['outcome'],
  verdicts: readonly Verdict[],
  nodes: readonly PackageNode[],
): RunResult {
  const failed = verdicts.filter((verdict) => verdict.outcome === 'failed').length;
  return {
    reportFile: { path: path.join(folder, 'verify-deps.lock.json'), outcome: 'written' },
    writeReport: async () => undefined,
    policy,
    report: {
      tool: { name: 'verify-deps', version: '0.0.0' },
      tree: {
        lockfile: { kind: 'npm', version: '3', path: '/p/package-lock.json', digest: 'ab' },
        project: 'p',
        nodes: new Map(nodes.map((node) => [node.key, node])),
        omitted: 0,
      },
      policy: { files: ['preset:recommended'], digest: 'cd', mode: 'enforce' },
      trust: {
        digest: 'ef',
        origin: { kind: 'file', from: '/t.json', metadata: undefined, asOf: undefined, stale: undefined },
      },
      verdicts,
      findings: [],
      counts: {
        packages: verdicts.length,
        nodes: nodes.length,
        passed: verdicts.length - failed,
        exempted: 0,
        failed,
        undecided: 0,
        registrySigned: verdicts.length,
        withProvenance: 0,
        sources: { registry: verdicts.length },
      },
      outcome,
      stats: { requests: 0, bytes: 0, fromStore: 0 },
    },
  };
}

const a = packageNode({ name: 'alpha', version: '1.0.0' });
const b = packageNode({ name: 'beta', version: '2.0.0' });

beforeEach(() => {
  run.mockResolvedValue(resultOf('passed', [verdictOf(a), verdictOf(b)], [a, b]));
});

afterEach(() => {
  vi.resetAllMocks();
});

describe('check', () => {
  test.each([
    ['passed', 0],
    ['failed', 1],
    ['undecided', 3],
  ] as const)('%s is %i', async (outcome, code) => {
    run.mockResolvedValue(resultOf(outcome, [verdictOf(a)], [a]));
    const result = await call([]);
    expect(result).toMatchObject({ code, err: '' });
    expect(result.out).toContain(outcome);
    expect(await call(['-q'])).toMatchObject({ code, out: outcome === 'passed' ? '' : result.out });
  });

  test('hands the flags on', async () => {
    await call([
      '--omit',
      'dev',
      '-w',
      'x',
      '--no-report',
      '--tarballs',
      '--policy',
      'p.yaml',
      '--cache',
      'c',
    ]);
    const options = run.mock.calls[0]![0] as RunOptions;
    expect(options).toMatchObject({
      cwd: folder,
      omit: ['dev'],
      workspaces: ['x'],
      report: 'none',
      tarballs: true,
      policy: path.join(folder, 'p.yaml'),
      cacheDir: path.join(folder, 'c'),
    });
    // A flag that was not given is left out rather than undefined.
    for (const key of ['lockfile', 'registry', 'trustRoot', 'registryKeys', 'tufMirror', 'tufRoot', 'only']) {
      expect(Object.hasOwn(options, key), key).toBe(false);
    }
  });

  test('--json is the whole of stdout, quiet or not', async () => {
    const { out } = await call(['--json']);
    expect(JSON.parse(out)).toMatchObject({ outcome: 'passed' });
    expect((await call(['--json', '-q'])).out).toBe(out);
  });

  test('--verbose lists every package first', async () => {
    expect((await call(['--verbose'])).out).toMatch(
      /^✔ alpha@1\.0\.0 {2}signed\n✔ beta@2\.0\.0 {3}signed\n\n/,
    );
  });

  test('progress is for terminals', async () => {
    run.mockImplementation(async (options: RunOptions) => {
      options.onProgress?.({ phase: 'packages', done: 1, total: 2 });
      return resultOf('passed', [verdictOf(a)], [a]);
    });
    expect((await call([])).err).toBe('');
  });

  test('a result that cannot be written is no success', async () => {
    expect(await call([], 'ENOSPC')).toMatchObject({ code: 2, err: expect.stringContaining('ENOSPC') });
    expect(await call([], 'EPIPE')).toMatchObject({ code: 0, err: '' });
  });
});

describe('--timing', () => {
  const table = /^where the time went\n {2}Node\.js starts .*\n[\s\S]* {2}in all .* 100 %\n/;

  test('comes after the result, on standard error', async () => {
    const plain = await call([]);
    const timed = await call(['--timing']);
    expect(timed.out).toBe(plain.out);
    expect(timed.err).toMatch(table);
    expect(timed.err).toContain('  verified: 2 registry signatures, 0 attestations\n');
    expect(plain.err).toBe('');
  });

  test('was asked for, so that --quiet does not hide it', async () => {
    const { out, err } = await call(['--timing', '-q']);
    expect(out).toBe('');
    expect(err).toMatch(table);
  });

  test('is a member of JSON, and then no table', async () => {
    const { out, err } = await call(['--timing', '--json']);
    expect(JSON.parse(out).timing.totalMs).toBeGreaterThan(0);
    expect(err).toBe('');
    const explained = await call(['explain', 'alpha', '--timing', '--json']);
    expect(JSON.parse(explained.out)).toHaveProperty('timing');
    expect(JSON.parse((await call(['--json'])).out)).not.toHaveProperty('timing');
  });

  test('is told of a run that failed too, before the reason', async () => {
    run.mockRejectedValue(new VerifyDepsError('trust-root-unreachable', 'no answer', { hint: 'later' }));
    const { err } = await call(['--timing', '--json']);
    expect(err).toMatch(table);
    expect(err.endsWith('verify-deps: no answer\n  later\n')).toBe(true);
  });
});

describe('what run() throws', () => {
  test('with a code', async () => {
    run.mockRejectedValue(new VerifyDepsError('trust-root-unreachable', 'no answer', { hint: 'later' }));
    expect(await call([])).toEqual({ code: 3, out: '', err: 'verify-deps: no answer\n  later\n' });
  });

  test('without one', async () => {
    run.mockRejectedValue(new TypeError('x is undefined'));
    const { code, out, err } = await call([]);
    expect({ code, out }).toEqual({ code: 70, out: '' });
    expect(err).toMatch(/this is a bug in verify-deps[\s\S]*TypeError: x is undefined\n {6}at /);
  });
});

describe('interrupted', () => {
  /** As the signal would, to our listener only. */
  const send = (signal: 'SIGINT' | 'SIGTERM'): void => process.listeners(signal).at(-1)!(signal);

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s is %i', async (signal, code) => {
    run.mockImplementation(async (options: RunOptions) => {
      setImmediate(send, signal);
      await new Promise((_resolve, reject) => {
        options.signal!.addEventListener('abort', () => reject(options.signal!.reason));
      });
    });
    const before = process.listenerCount(signal);
    expect(await call([])).toEqual({
      code,
      out: '',
      err: 'verify-deps: interrupted; nothing was written\n',
    });
    expect(process.listenerCount(signal)).toBe(before);
  });

  test('whatever the abort turned into', async () => {
    run.mockImplementation(async () => {
      send('SIGINT');
      throw new VerifyDepsError('trust-root-unreachable', 'the request was aborted');
    });
    expect(await call([])).toMatchObject({
      code: 130,
      err: 'verify-deps: interrupted; nothing was written\n',
    });
  });

  test('after --fix may have written the policy, nothing is claimed about it', async () => {
    run.mockImplementationOnce(async () => resultOf('passed', [verdictOf(a)], [a]));
    run.mockImplementationOnce(async () => {
      send('SIGINT');
      throw new VerifyDepsError('trust-root-unreachable', 'the request was aborted');
    });
    expect(await call(['--fix'])).toMatchObject({ code: 130, err: 'verify-deps: interrupted\n' });
  });

  test('too late to stop it: the report is written, and nothing else is claimed', async () => {
    run.mockImplementation(async () => {
      send('SIGINT');
      return resultOf('passed', [verdictOf(a)], [a]);
    });
    expect(await call([])).toMatchObject({ code: 130, err: 'verify-deps: interrupted\n' });
  });
});

describe('explain', () => {
  test('explains every version that matches', async () => {
    const other = {
      ...packageNode({ name: 'alpha', version: '3.0.0' }),
      key: 'node_modules/beta/node_modules/alpha',
    };
    run.mockResolvedValue(resultOf('failed', [verdictOf(a), verdictOf(other, 'failed')], [a, b, other]));
    const { code, out } = await call(['explain', 'alpha']);
    expect(code).toBe(1);
    expect(out).toMatch(/^alpha@1\.0\.0$[\s\S]*^alpha@3\.0\.0$/m);
    expect(run.mock.calls[0]![0]).toMatchObject({ only: 'alpha', report: 'none' });
  });

  test('--json', async () => {
    expect(JSON.parse((await call(['explain', 'alpha', '--json'])).out)).toMatchObject({ outcome: 'passed' });
  });
});

test('trust', async () => {
  inspectTrust.mockResolvedValue({
    trust: {
      root: {
        certificateAuthorities: [],
        ctLogs: [],
        transparencyLogs: [],
        timestampAuthorities: [],
        digest: 'ab',
      },
      origin: { kind: 'file', from: '/t.json', metadata: undefined, asOf: undefined, stale: undefined },
      registryKeys: async () => undefined,
    },
    registries: [],
  });
  const { code, out, err } = await call(['trust']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^Trust root from the file \/t\.json\n/);
});
