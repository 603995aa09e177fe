/** `verify-deps proxy` as a process of its own, with a folder of its own: the policy and the upstream registries are there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tlsIdentity } from '../../support/rig/sigstore.mjs';
import type { Lab } from './lab.ts';
import { POLICY } from './lab.ts';

const CLI = path.join(import.meta.dirname, '..', '..', '..', 'bin', 'verify-deps.js');
const TRIES_MAX = 500;

export interface TeamProxy {
  /** With trailing slash. */
  readonly url: string;
  /** Settings of a client of it. */
  readonly npmrc: string;
  /** Lines of the log, as objects. */
  decisions(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Ends it as the system would, without a word. */
  kill(): Promise<void>;
  /** Starts it again where it was. */
  restart(): Promise<void>;
  /** @returns its exit code */
  stop(): Promise<number | null>;
}

export interface TeamProxyOptions {
  /** Over TLS, for clients with a token. */
  readonly guarded?: boolean;
  readonly policy?: object;
  /** More settings of the service's own npm configuration. */
  readonly npmrc?: string;
  readonly args?: readonly string[];
}

const TOKEN = 'team-token-0123456789';

/** Starts it in front of the registry of a lab, and has the project of the lab ask it instead. */
export async function startTeamProxy(
  lab: Pick<Lab, 'url' | 'env' | 'project'>,
  { guarded = false, policy = POLICY, args = [], npmrc: more = '' }: TeamProxyOptions = {},
): Promise<TeamProxy> {
  const folder = path.join(lab.project.dir, 'team');
  const log = path.join(folder, 'decisions.log');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'verify-deps.json'), JSON.stringify(policy));
  await writeFile(path.join(folder, '.npmrc'), `registry=${lab.url}\n${more}`);
  const ca = guarded ? await writeGuards(folder) : undefined;
  let place = '127.0.0.1:0';
  let child: ChildProcess;
  let errors = '';
  let ended: Promise<number | null>;

  const launch = async (): Promise<string> => {
    errors = '';
    const guards = guarded
      ? ['--tls-cert', 'chain.pem', '--tls-key', 'key.pem', '--client-token-file', 'tokens']
      : [];
    const named =
      guarded && !place.endsWith(':0') ? ['--public-url', `https://localhost:${portOf(place)}`] : [];
    child = spawn(
      process.execPath,
      [CLI, 'proxy', '--listen', place, '--log', log, ...guards, ...named, ...args],
      { cwd: folder, env: { ...lab.env, PATH: process.env.PATH }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child.stderr!.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    ended = new Promise((resolve) => child.once('close', resolve));
    for (let tries = 0; !errors.includes('serving '); tries++) {
      if (child.exitCode !== null || tries > TRIES_MAX)
        throw new Error(`the proxy does not start: ${errors}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return /serving (\S+)/.exec(errors)![1]!;
  };
  let url = await launch();
  place = new URL(url).host;
  if (guarded) {
    // Known by the name in its certificate, which bears the port.
    child!.kill('SIGTERM');
    await ended!;
    await launch();
    url = `https://localhost:${portOf(place)}/`;
  }
  const npmrc = [
    `registry=${url}`,
    ...(ca === undefined ? [] : [`cafile=${ca}`, `//localhost:${portOf(place)}/:_authToken=${TOKEN}`]),
    '',
  ].join('\n');
  await lab.project.write('.npmrc', npmrc);
  return {
    url,
    npmrc,
    async decisions() {
      const text = await readFile(log, 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
        .filter(({ event }) => event === 'decision');
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    restart: async () => void (await launch()),
    async stop() {
      child.kill('SIGTERM');
      const code = await ended;
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}

function portOf(place: string): string {
  return place.slice(place.lastIndexOf(':') + 1);
}

/** @returns file with the authority that its certificate comes from */
async function writeGuards(folder: string): Promise<string> {
  const { ca, cert, key } = tlsIdentity('localhost');
  const authority = path.join(folder, 'ca.pem');
  await writeFile(authority, ca);
  await writeFile(path.join(folder, 'chain.pem'), cert);
  await writeFile(path.join(folder, 'key.pem'), key);
  await writeFile(path.join(folder, 'tokens'), `# clients\n${TOKEN}\n`);
  return authority;
}
