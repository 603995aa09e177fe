/**
 * Settings of yarn 4 that no environment variable overrides: registries of scopes, and settings by host. For the length of a run, yarn
 * reads another file beside `.yarnrc.yml`, with the same content but for those.
 */
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { readFileBounded } from '../../core/files.ts';
import { isObject, type JsonObject, type JsonValue, member } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import { normalRegistry } from '../../core/registry-url.ts';
import { printable } from '../../core/text.ts';
import type { NpmOptions } from '../../registry/npmrc.ts';
import type { Command } from './command.ts';
import type { Environment } from './environment.ts';
import { textOf, unguarded } from './refusals.ts';

const NAME = '.yarnrc.yml';
/** Each of them leads past the proxy, or keeps yarn from it; for the others a variable does. */
const LEADING = ['npmScopes', 'networkSettings'];

export interface YarnSettings {
  /** Undefined: yarn may read its own. */
  readonly name: string | undefined;
  remove(): Promise<void>;
}

/** @throws {VerifyDepsError} `run-unguarded` */
export async function yarnSettings(
  { manager, runsPackages }: Command,
  folders: readonly string[],
  env: Environment,
  npm: NpmOptions,
  proxyUrl: string,
): Promise<YarnSettings> {
  const none: YarnSettings = { name: undefined, remove: async () => undefined };
  if (manager !== 'yarn' && manager !== undefined) return none;
  if (env.YARN_RC_FILENAME !== undefined && env.YARN_RC_FILENAME !== NAME)
    throw unguarded('YARN_RC_FILENAME names settings that are not looked at here', 'unset it');
  const found: { readonly folder: string; readonly settings: JsonObject }[] = [];
  for (const folder of [...folders, homedir()]) {
    const text = await textOf(path.join(folder, NAME));
    if (text !== undefined) found.push({ folder, settings: settingsOf(text, path.join(folder, NAME)) });
  }
  const [project] = found;
  const modern = project !== undefined || (await isModern(folders));
  if (manager === 'yarn' && modern && !runsPackages) expectLinker(found, env);
  if (project === undefined) return none;
  const leading = found.filter(({ settings }) => LEADING.some((key) => member(settings, key) !== undefined));
  if (leading.length === 0) return none;
  if (leading.length > 1 || leading[0] !== project) {
    throw unguarded(
      `${printable(path.join(leading[0]!.folder, NAME))} names registries or proxies that yarn cannot be told to leave`,
      'put them into the .yarnrc.yml of the project, which is read in their place for the length of a run',
    );
  }
  const name = `.yarnrc.verify-deps-${process.pid}-${randomBytes(4).toString('hex')}.yml`;
  const file = path.join(project.folder, name);
  // JSON is YAML.
  await writeFile(file, JSON.stringify(replaced(project.settings, npm, proxyUrl), null, 2), {
    mode: 0o600,
    flag: 'wx',
  });
  return { name, remove: () => rm(file, { force: true }) };
}

/** yarn 2 or later, as far as the project tells. */
async function isModern(folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const manifest = await textOf(path.join(folder, 'package.json'));
    if (manifest !== undefined && /"packageManager"\s*:\s*"yarn@[2-9]/.test(manifest)) return true;
    const lock = await readFileBounded(path.join(folder, 'yarn.lock'), limits.lockfileBytesMax);
    if (lock.status === 'read' && /^__metadata:/m.test(Buffer.from(lock.bytes).toString('utf8'))) return true;
  }
  return false;
}

function settingsOf(text: string, file: string): JsonObject {
  const document = parseDocument(text, { uniqueKeys: true });
  const value: unknown = document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 });
  if (value === null || value === undefined) {
    if (document.errors.length === 0) return {};
  } else if (isObject(value as JsonValue)) return value as JsonObject;
  throw unguarded(`${printable(file)} cannot be read`, 'see what yarn says of it: yarn config');
}

/** A linker that runs packages out of yarn's cache would find nothing there once the run is over. */
function expectLinker(found: readonly { readonly settings: JsonObject }[], env: Environment): void {
  const linker =
    env.YARN_NODE_LINKER ?? found.map(({ settings }) => member(settings, 'nodeLinker')).find(Boolean);
  if (linker === 'node-modules' || linker === 'pnpm') return;
  throw unguarded(
    "yarn's Plug'n'Play runs packages out of its cache, which is not kept here",
    'use the plugin for yarn (docs/yarn.md), or nodeLinker: node-modules',
  );
}

/** Scopes lead to the proxy, which has their credentials. */
function replaced(settings: JsonObject, npm: NpmOptions, proxyUrl: string): JsonObject {
  const { networkSettings: _network, ...rest } = settings;
  const scopes = member(settings, 'npmScopes');
  if (!isObject(scopes)) return rest;
  const led = Object.entries(scopes).map(([scope, value]): [string, JsonValue] => {
    const server = isObject(value) ? member(value, 'npmRegistryServer') : undefined;
    const expected = npm.scopes.get(`@${scope}`) ?? npm.registry;
    if (typeof server === 'string' && normalRegistry(server) !== expected) {
      throw unguarded(
        `.yarnrc.yml takes @${printable(scope)} from ${printable(server)}, and npm's configuration from ${expected}`,
        'say it in .npmrc as well: that is what the gate asks',
      );
    }
    return [scope, { npmRegistryServer: proxyUrl.replace(/\/$/, '') }];
  });
  return { ...rest, npmScopes: Object.fromEntries(led) };
}
