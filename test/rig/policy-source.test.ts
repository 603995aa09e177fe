import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPolicies } from '../../src/connect.ts';
import type { Policy } from '../../src/policy/types.ts';
import { failureOf } from '../policy/support.ts';
import { runOptions, type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import { tarball } from '../support/rig/tarball.mjs';

const TEAM =
  'version: 1\nextends: strict\nlocked: [require]\nrequire: { releaseAge: warn }\nminimum: { releaseAge: 2d }\n';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function linked(): Buffer {
  const data = gunzipSync(tarball({ 'verify-deps.yaml': '', 'package.json': '{}' }));
  data.write('2', 156);
  data.write('        ', 148);
  const sum = data.subarray(0, 512).reduce((a, b) => a + b, 0);
  data.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return gzipSync(data);
}

function slipping(): Buffer {
  const data = gunzipSync(tarball({ 'verify-deps.yaml': 'version: 1\n' }));
  data.fill(0, 0, 100);
  data.write('package/../../verify-deps.yaml', 0);
  data.write('        ', 148);
  const sum = data.subarray(0, 512).reduce((a, b) => a + b, 0);
  data.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return gzipSync(data);
}

let served: Served;
let host: http.Server;
let url: string;
const pages = new Map<string, string | { readonly location: string } | 'hang up'>();
const asked: { readonly path: string; readonly authorization: string | undefined }[] = [];
const projects: TempProject[] = [];

async function fresh(policy: string): Promise<TempProject> {
  const project = await tempProject(served);
  projects.push(project);
  await project.write('verify-deps.yaml', policy);
  return project;
}

function load(project: TempProject): Promise<readonly Policy[]> {
  return loadPolicies(project.cwd, [{}], runOptions(served, project));
}

async function failure(entry: string): Promise<string> {
  return failureOf(load(await fresh(`version: 1\nextends: ${JSON.stringify(entry)}\n`)));
}

beforeAll(async () => {
  const package_ = { days: 30, attested: 'v0.3' } as const;
  const yaml = (text: string) => tarball({ 'package.json': '{}', 'verify-deps.yaml': text });
  served = await serveRig({
    catalogue: [
      { ...package_, name: '@acme/policy', version: '1.0.0', tarball: yaml(TEAM) },
      {
        ...package_,
        name: 'elsewhere',
        version: '1.0.0',
        tarball: tarball({
          'package.json': '{ "verify-deps-policy": "policies/main.yml" }',
          'policies/main.yml': 'version: 1\nextends: ./base.yaml\n',
          'policies/base.yaml': 'version: 1\nrequire: { baseline: warn }\n',
        }),
      },
      {
        name: 'unproven',
        version: '1.0.0',
        days: 30,
        tarball: yaml('version: 1\nrequire: { baseline: warn }\n'),
      },
      { ...package_, name: 'linked', version: '1.0.0', tarball: linked() },
      { ...package_, name: 'slipping', version: '1.0.0', tarball: slipping() },
      { ...package_, name: 'empty', version: '1.0.0' },
      {
        ...package_,
        name: 'leaving',
        version: '1.0.0',
        tarball: yaml('version: 1\nextends: ../../etc/p.yaml\n'),
      },
      {
        ...package_,
        name: 'unpinned',
        version: '1.0.0',
        tarball: yaml('version: 1\nextends: npm:@acme/policy@1.0.0\n'),
      },
      { ...package_, name: 'swapped', version: '1.0.0', tarball: yaml('version: 1\n') },
      { ...package_, name: 'altered', version: '1.0.0', tarball: yaml('version: 1\n') },
    ],
  });
  served.server.overrides.set('tarball swapped@1.0.0', {
    body: yaml('version: 1\nmode: observe\n'),
    ct: 'application/octet-stream',
  });
  const manifest = JSON.parse(gunzipSync(served.rig.docs.get('manifest altered@1.0.0')!.gz!).toString());
  manifest.dist.integrity = `sha512-${Buffer.alloc(64).toString('base64')}`;
  served.server.overrides.set('manifest altered@1.0.0', { json: manifest });
  host = http.createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://x');
    asked.push({ path: pathname, authorization: request.headers.authorization });
    const page = pages.get(pathname);
    if (page === 'hang up') response.destroy();
    else if (typeof page === 'object') response.writeHead(302, { location: page.location }).end();
    else response.writeHead(page === undefined ? 404 : 200).end(page);
  });
  await new Promise<void>((done) => host.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
});

afterAll(async () => {
  host.closeAllConnections();
  host.close();
  await served.server.close();
  await Promise.all(projects.map((project) => project.remove()));
});

describe('a policy in a package', () => {
  test('is verified, followed, and kept', async () => {
    const project = await fresh('version: 1\nextends: npm:@acme/policy@1.0.0\n');
    const [policy] = await load(project);
    expect(policy!.files).toEqual([
      'verify-deps.yaml',
      'npm:@acme/policy@1.0.0',
      'preset:strict',
      'preset:recommended',
    ]);
    expect(policy!.defaults.releaseAge).toMatchObject({
      value: 'warn',
      at: { file: 'npm:@acme/policy@1.0.0', line: 4 },
    });
    served.server.reset();
    expect((await load(project))[0]!.digest).toBe(policy!.digest);
    const { byClass } = served.server.stats();
    expect(Object.keys(byClass).filter((name) => ['manifest', 'att', 'tarball'].includes(name))).toEqual([]);
  });

  test('locks what it locks', async () => {
    const project = await fresh(
      'version: 1\nextends: npm:@acme/policy@1.0.0\nrequire: { provenance: off }\n',
    );
    expect(await failureOf(load(project))).toMatch(
      /^policy-locked verify-deps\.yaml:3:\d+: .* and npm:@acme\/policy@1\.0\.0:3:\d+ locks require$/,
    );
  });

  test('may name its file, and extend files beside it', async () => {
    const [policy] = await load(await fresh('version: 1\nextends: npm:elsewhere@1.0.0\n'));
    expect(policy!.defaults.baseline.at.file).toBe('npm:elsewhere@1.0.0/policies/base.yaml');
  });

  test('without provenance needs a pin', async () => {
    expect(await failure('npm:unproven@1.0.0')).toMatch(
      /^policy-extends verify-deps\.yaml:2:10: "npm:unproven@1\.0\.0" is not verified: publish attestation: attestations-absent$/,
    );
    const { integrity } = JSON.parse(
      gunzipSync(served.rig.docs.get('manifest unproven@1.0.0')!.gz!).toString(),
    ).dist;
    expect(await failure(`npm:unproven@1.0.0#${integrity}`)).toBe('no failure');
    const other = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
    expect(await failure(`npm:unproven@1.0.0#${other}`)).toMatch(/integrity: integrity-mismatch$/);
  });

  test.each([
    ['linked', /has verify-deps\.yaml, which is not a regular file/],
    ['slipping', /cannot be read: malformed: tarball: a path that leads out of it/],
    ['empty', /holds no policy/],
    ['leaving', /npm:leaving@1\.0\.0:2:10: .* leads out of its package/],
    ['unpinned', /npm:unpinned@1\.0\.0:2:10: .* is not pinned/],
    ['swapped', /tarball: tarball-mismatch/],
    ['altered', /is not verified: registry signature: signature-invalid/],
    ['gone', /is not verified: manifest: version-absent/],
  ])('is refused: %s', async (name, message) => {
    const said = await failure(`npm:${name}@1.0.0`);
    expect(said).toMatch(/^policy-extends /);
    expect(said).toMatch(message);
  });

  test('cannot vouch for its own registry', async () => {
    // Signed by nobody; the policy that says so is not asked.
    served.server.overrides.set('keys', { status: 404 });
    const said = await failure('npm:unproven@1.0.0');
    served.server.overrides.delete('keys');
    expect(said).toMatch(/^policy-extends/);
  });
});

describe('a policy at a URL', () => {
  test('is followed, and asked for once', async () => {
    pages.set('/team.yaml', TEAM);
    const project = await fresh(`version: 1\nextends: ${url}/team.yaml#sha256-${sha256(TEAM)}\n`);
    expect((await load(project))[0]!.defaults.releaseAge.at).toMatchObject({
      file: `${url}/team.yaml`,
      line: 4,
    });
    pages.set('/team.yaml', 'hang up');
    expect((await load(project))[0]!.defaults.releaseAge.value).toBe('warn');
  });

  test('gets no credentials', async () => {
    pages.set('/private.yaml', TEAM);
    const project = await fresh(`version: 1\nextends: ${url}/private.yaml#sha256-${sha256(TEAM)}\n`);
    await project.write('.npmrc', `${url.replace('http:', '')}/:_authToken=secret\n`);
    await load(project);
    expect(asked.find(({ path }) => path === '/private.yaml')).toMatchObject({ authorization: undefined });
  });

  test('may extend others by digest, and a diamond is one', async () => {
    const base = 'version: 1\nrequire: { baseline: warn }\n';
    const left = `version: 1\nextends: ${url}/base.yaml#sha256-${sha256(base)}\n`;
    const right = `${left}mode: enforce\n`;
    for (const [name, text] of Object.entries({ base, left, right })) pages.set(`/${name}.yaml`, text);
    const project = await fresh(
      `version: 1\nextends:\n  - ${url}/left.yaml#sha256-${sha256(left)}\n  - ${url}/right.yaml#sha256-${sha256(right)}\n`,
    );
    expect((await load(project))[0]!.files.map((file) => file.replace(url, ''))).toEqual([
      'verify-deps.yaml',
      '/right.yaml',
      '/left.yaml',
      '/base.yaml',
      'preset:recommended',
    ]);
  });

  test.each<[string, string | { location: string } | 'hang up' | undefined, RegExp]>([
    [
      'has another digest',
      'version: 1\nmode: observe\n',
      /^policy-extends .* has another digest: sha256-[0-9a-f]{64}$/,
    ],
    ['is not there', undefined, /^policy-extends .* cannot be fetched: status 404$/],
    ['is huge', 'x'.repeat(1_100_000), /^policy-extends .* is larger than 1048576 bytes$/],
    [
      'leads to a file',
      { location: 'file:///etc/passwd' },
      /^policy-extends .* cannot be fetched: redirect to another protocol$/,
    ],
    [
      'leads away from https',
      { location: 'http://elsewhere.example/' },
      /^policy-extends .* redirect away from https$/,
    ],
    ['leads to itself', { location: '/bad.yaml' }, /^policy-extends .* too many redirects$/],
  ])('is refused where it %s', async (_, page, message) => {
    if (page === undefined) pages.delete('/bad.yaml');
    else pages.set('/bad.yaml', page);
    expect(await failure(`${url}/bad.yaml#sha256-${'0'.repeat(64)}`)).toMatch(message);
  });

  test('that cannot be asked decides nothing', async () => {
    pages.set('/bad.yaml', 'hang up');
    const project = await fresh(`version: 1\nextends: ${url}/bad.yaml#sha256-${'0'.repeat(64)}\n`);
    await project.write('.npmrc', 'fetch-retries=0\n');
    expect(await failureOf(load(project))).toMatch(/^policy-unreachable verify-deps\.yaml:2:10: /);
  });

  test.each([
    ['a path', './other.yaml', /which a policy at a URL cannot extend/],
    ['itself', 'SELF', /goes in a circle/],
  ])('may not extend %s', async (_, entry, message) => {
    const text = `version: 1\nextends: ${entry.replace('SELF', `${url}/loop.yaml#sha256-${'1'.repeat(64)}`)}\n`;
    pages.set('/loop.yaml', text);
    expect(await failure(`${url}/loop.yaml#sha256-${sha256(text)}`)).toMatch(message);
  });
});
