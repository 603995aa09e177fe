/**
 * A project, a registry and a real package manager. Every package that is installed writes a line to `events` from its
 * scripts, so that code which ran is seen and not inferred.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Served, serveRig, type TempProject, tempProject } from '../../support/project.ts';
import type { CatalogueEntry } from '../../support/rig/registry.mjs';
import { makeRig } from '../../support/rig/registry.mjs';
import { serve } from '../../support/rig/server.mjs';
import { type CorporateProxy, serveCorporateProxy } from './corporate-proxy.ts';
import { type Manager, type ManagerId, manager } from './managers.ts';
import { type PrivateRegistry, servePrivate } from './private-registry.ts';

const TIME_MS_MAX = 120_000;
const OUTPUT_CHARS_MAX = 2_000_000;

/** `blocked`: the package `mallory` has neither provenance nor a publish attestation, and the policy demands provenance. */
export type TreeKind = 'sound' | 'blocked';

/** The policy of every lab: what `mallory` lacks in a blocked tree is what it demands. */
export const POLICY = {
  version: 1,
  extends: 'recommended',
  require: { provenance: 'error', declaredRepository: 'off', signedTime: 'off' },
} as const;

const NAMES = 'app deep mallory extra nester swapper @acme/tool @acme/mallory'.split(' ');

/** Every manager would run the scripts of every package, so that what does not run was stopped. */
const SCRIPTS_ALLOWED = {
  allowScripts: Object.fromEntries(NAMES.map((name) => [name, true])),
  trustedDependencies: NAMES,
};

function yarnSettings(registry: string, scope: PrivateRegistry | undefined): string {
  return [
    `npmRegistryServer: '${registry}'`,
    'unsafeHttpWhitelist: [127.0.0.1, registry.example]',
    ...(scope === undefined
      ? []
      : [
          'npmScopes:',
          '  acme:',
          `    npmRegistryServer: '${scope.url}'`,
          '    npmAlwaysAuth: true',
          `    npmAuthToken: '${scope.token}'`,
        ]),
    'nodeLinker: node-modules',
    'enableScripts: true',
    'enableTelemetry: false',
    'enableImmutableInstalls: false',
    '',
  ].join('\n');
}

const LOG = `require('node:fs').appendFileSync(process.env.LAB_EVENTS, process.argv[2] + '\\n');\n`;

function entry(name: string, more: Partial<CatalogueEntry> = {}): CatalogueEntry {
  const scripts = {
    preinstall: `node log.cjs ${name}:preinstall`,
    postinstall: `node log.cjs ${name}:postinstall`,
  };
  return {
    name,
    version: '1.2.0',
    days: 60,
    attested: 'v0.3',
    scripts,
    files: { 'log.cjs': LOG, 'bin.cjs': `#!/usr/bin/env node\n${LOG}` },
    earlier: [{ version: '1.1.0', days: 90 }],
    ...more,
  };
}

/** Makes the policy of the project one that blocks nothing. */
const SWAP = `
const file = require('node:path').join(process.env.INIT_CWD, 'verify-deps.json');
require('node:fs').writeFileSync(file, '{"version":1,"extends":"observe"}');
`;

/**
 * `app` needs `deep`; `mallory` is the one that is blocked; `extra` is there to be added; `@acme/tool` has a scope; the scripts of
 * `nester` install `mallory` with npm, and those of `swapper` write another policy.
 */
function catalogue(kind: TreeKind): readonly CatalogueEntry[] {
  const mallory = entry('mallory');
  const { attested: _attested, ...unattested } = mallory;
  return [
    entry('app', { needs: ['deep'] }),
    entry('deep'),
    kind === 'blocked' ? unattested : mallory,
    entry('extra', { needs: ['deep'] }),
    entry('@acme/tool'),
    entry('nester', { scripts: { postinstall: 'npm install --prefix inner mallory@1.2.0' } }),
    entry('swapper', { scripts: { postinstall: 'node swap.cjs' }, files: { 'swap.cjs': SWAP } }),
  ];
}

/** Of the registry of the scope: `@acme/tool` is sound, `@acme/mallory` is blocked as `mallory` is. */
function scopeCatalogue(kind: TreeKind): readonly CatalogueEntry[] {
  const mallory = entry('@acme/mallory');
  const { attested: _attested, ...unattested } = mallory;
  return [entry('@acme/tool'), kind === 'blocked' ? unattested : mallory];
}

export interface LabOptions {
  /** The scope `@acme` has a registry of its own, which wants a token; the project's settings have it. */
  readonly scope?: boolean;
  /** The registry is found only through the proxy of a company, which knows no loopback port. */
  readonly corporateProxy?: boolean;
  /** More packages of the registry. */
  readonly packages?: readonly CatalogueEntry[];
}

export interface Ended {
  readonly code: number | null;
  /** Standard output and error, in the order in which they came. */
  readonly text: string;
}

export interface Lab {
  readonly served: Served;
  /** Where the project finds the registry; with trailing slash. */
  readonly url: string;
  readonly scope: PrivateRegistry | undefined;
  readonly corporate: CorporateProxy | undefined;
  readonly project: TempProject;
  /** Environment in which this tool and its plugins believe the lab's registry and trust root. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lines that scripts of packages wrote. */
  events(): readonly string[];
  /** A package lies in node_modules of the project. */
  isInstalled(name: string): boolean;
  /** Runs any command in the project. */
  exec(command: readonly string[], env?: Readonly<Record<string, string | undefined>>): Promise<Ended>;
  /** Runs a manager in the project. */
  manager(id: ManagerId, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Runs this tool as a process in the project, with the Node and PATH that go with a manager. */
  verifyDeps(args: readonly string[], by?: ManagerId, env?: Readonly<Record<string, string>>): Promise<Ended>;
  close(): Promise<void>;
}

/** @param manifest  of the project; by default it depends on `app` and on `mallory` */
export async function makeLab(
  kind: TreeKind,
  manifest: Readonly<Record<string, unknown>> = { dependencies: { app: '^1.0.0', mallory: '^1.0.0' } },
  options: LabOptions = {},
): Promise<Lab> {
  const { served, url, corporate } = await serveRegistry(kind, options);
  const scope = options.scope ? await servePrivate(scopeCatalogue(kind), served.rig.sigstore) : undefined;
  const project = await tempProject(served, {} as never);
  const events = path.join(project.dir, 'events.log');
  await project.write('package.json', {
    name: 'lab',
    version: '1.0.0',
    private: true,
    ...SCRIPTS_ALLOWED,
    ...manifest,
  });
  const registries = scope === undefined ? {} : { registries: [{ url: scope.url, keys: 'registry' }] };
  await project.write('verify-deps.json', { ...POLICY, ...registries });
  await project.write('.npmrc', npmSettings(url, scope));
  await project.write('pnpm-workspace.yaml', 'dangerouslyAllowAllBuilds: true\n');
  await project.write('.yarnrc.yml', yarnSettings(url, scope));
  const env = {
    ...project.env,
    ...(corporate === undefined ? {} : proxySettings(corporate.url)),
    CI: '1',
    NO_COLOR: '1',
    LAB_EVENTS: events,
    VERIFY_DEPS_TUF_MIRROR: `${url}tuf`,
    VERIFY_DEPS_TUF_ROOT: project.tufRoot,
    VERIFY_DEPS_CACHE: project.cacheDir,
  };
  const pathOf = (folder: string): string => `${folder}${path.delimiter}${process.env.PATH ?? ''}`;
  const start = (command: readonly string[], nodeFolder: string, more: object = {}): Promise<Ended> =>
    ended(command, { cwd: project.cwd, env: { ...env, PATH: pathOf(nodeFolder), ...more } });
  return {
    served,
    url,
    scope,
    corporate,
    project,
    env,
    exec: (command, more) => ended(command, { cwd: project.cwd, env: { ...env, ...more } }),
    events: () => (existsSync(events) ? readFileSync(events, 'utf8').split('\n').slice(0, -1) : []),
    isInstalled: (name) => existsSync(path.join(project.cwd, 'node_modules', name, 'package.json')),
    manager(id, args, more) {
      const { command, nodeFolder } = expected(id);
      return start([...command, ...args], nodeFolder, more);
    },
    verifyDeps(args, by, more) {
      const nodeFolder = by === undefined ? path.dirname(process.execPath) : expected(by).nodeFolder;
      return start([path.join(nodeFolder, 'node'), CLI, ...args], nodeFolder, more);
    },
    async close() {
      await served.server.close();
      await scope?.close();
      await corporate?.close();
      await project.remove();
    },
  };
}

async function serveRegistry(
  kind: TreeKind,
  { corporateProxy, packages = [] }: LabOptions,
): Promise<Pick<Lab, 'served' | 'url' | 'corporate'>> {
  if (!corporateProxy) {
    const served = await serveRig({ catalogue: [...catalogue(kind), ...packages] });
    return { served, url: served.server.url, corporate: undefined };
  }
  const origin = 'http://registry.example';
  const rig = makeRig({ catalogue: [...catalogue(kind), ...packages], origin });
  const server = await serve(rig, {});
  const port = Number(new URL(server.origin).port);
  const corporate = await serveCorporateProxy(new Map([[new URL(origin).host, port]]));
  return { served: { rig, server }, url: `${origin}/`, corporate };
}

function proxySettings(url: string): Readonly<Record<string, string>> {
  // yarn 4 reads settings of its own and nothing else.
  const names = ['http_proxy', 'https_proxy', 'yarn_http_proxy', 'yarn_https_proxy'];
  return Object.fromEntries(names.flatMap((name) => [name, name.toUpperCase()].map((key) => [key, url])));
}

function npmSettings(registry: string, scope: PrivateRegistry | undefined): string {
  const own = `registry=${registry}\n`;
  if (scope === undefined) return own;
  const place = scope.url.replace(/^http:/, '');
  return `${own}@acme:registry=${scope.url}\n${place}:_authToken=${scope.token}\n`;
}

const CLI = path.join(import.meta.dirname, '..', '..', '..', 'bin', 'verify-deps.js');

function expected(id: ManagerId): Manager {
  const found = manager(id);
  if (found === undefined) throw new Error(`${id} is not installed: npm run managers`);
  return found;
}

/** Ends a process that hangs, so that a test fails instead. */
export function ended(
  [program, ...args]: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
  timeMsMax: number = TIME_MS_MAX,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeMsMax);
    let text = '';
    const take = (chunk: Buffer): void => {
      if (text.length < OUTPUT_CHARS_MAX) text += chunk.toString('utf8');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, text });
    });
  });
}
