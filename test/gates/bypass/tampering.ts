/** What an attacker puts in the way: other bytes, other lockfiles, another cache. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { tarball } from '../../support/rig/tarball.mjs';
import type { Stage } from '../matrix/stage.ts';

const LOG = `require('node:fs').appendFileSync(process.env.LAB_EVENTS, 'EVIL\\n');\n`;
/** Lies in every package that an attacker made. */
export const MARK = 'evil.txt';

/** A package of the attacker under the name and version of a sound one. */
export function evilTarball(name: string): Buffer {
  const scripts = { preinstall: 'node log.cjs', postinstall: 'node log.cjs' };
  const manifest = { name, version: '1.2.0', scripts };
  return tarball({ 'package.json': JSON.stringify(manifest), 'log.cjs': LOG, [MARK]: 'evil\n' });
}

/** A host of the attacker that hands out one tarball, whatever is asked for. Closed with the process that runs the test. */
export async function evilHost(body: Buffer): Promise<string> {
  const server = http.createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/app/-/app-1.2.0.tgz`;
}

export const LOCKFILES = {
  npm: 'package-lock.json',
  pnpm: 'pnpm-lock.yaml',
  'yarn-1': 'yarn.lock',
  'yarn-4': 'yarn.lock',
  bun: 'bun.lock',
} as const;

export async function editFile(file: string, edit: (text: string) => string): Promise<void> {
  const before = await readFile(file, 'utf8');
  const after = edit(before);
  if (after === before) throw new Error(`nothing to change in ${file}:\n${before}`);
  await writeFile(file, after);
}

export function lockfileOf({ lab, runner }: Stage): string {
  return path.join(lab.project.cwd, LOCKFILES[runner.family]);
}

type Edit = (text: string) => string;

/** Takes the digest of `app` out of the lockfile. */
export function withoutDigest({ runner, lab }: Stage): Edit {
  const { url } = lab;
  switch (runner.family) {
    case 'npm':
      return (text) => text.replace(/("node_modules\/app": \{[^}]*?)"integrity": "[^"]*",\s*/, '$1');
    case 'pnpm':
      return (text) =>
        text.replace(/(app@1\.2\.0:\n\s+resolution: )\{[^}]*\}/, `$1{tarball: ${url}app/-/app-1.2.0.tgz}`);
    case 'yarn-1':
      return (text) => text.replace(/(app-1\.2\.0\.tgz)[^"\n]*("?\n)\s+integrity [^\n]*\n/, '$1$2');
    case 'yarn-4':
      return (text) => text.replace(/("app@npm:[^:]*":[\s\S]*?)\n\s+checksum: [^\n]*/, '$1');
    case 'bun':
      return (text) => text.replace(/("app": \[.*)"sha512-[^"]*"\]/, '$1""]');
  }
}

/** Lets the lockfile take `app` from another host, with the digest of what that host has. */
export function fromElsewhere({ runner }: Stage, url: string, body: Buffer): Edit {
  const digest = `sha512-${createHash('sha512').update(body).digest('base64')}`;
  const sha1 = createHash('sha1').update(body).digest('hex');
  switch (runner.family) {
    case 'npm':
      return (text) =>
        text.replace(
          /("node_modules\/app": \{[^}]*?)"resolved": "[^"]*",(\s*)"integrity": "[^"]*"/,
          `$1"resolved": "${url}",$2"integrity": "${digest}"`,
        );
    case 'pnpm':
      return (text) =>
        text.replace(/(app@1\.2\.0:\n\s+resolution: )\{[^}]*\}/, `$1{integrity: ${digest}, tarball: ${url}}`);
    case 'yarn-1':
      return (text) =>
        text.replace(
          /resolved "[^"]*app-1\.2\.0\.tgz[^"]*"\n(\s+)integrity [^\n]*/,
          `resolved "${url}#${sha1}"\n$1integrity ${digest}`,
        );
    case 'yarn-4':
      return (text) =>
        text
          .replace(
            'resolution: "app@npm:1.2.0"',
            `resolution: "app@npm:1.2.0::__archiveUrl=${encodeURIComponent(url)}"`,
          )
          .replace(/("app@npm:[^:]*":[\s\S]*?)\n\s+checksum: [^\n]*/, '$1');
    case 'bun':
      return (text) =>
        text.replace(/"app": \["app@1\.2\.0", "[^"]*",(.*)"sha512-[^"]*"\]/, (_, middle: string) => {
          return `"app": ["app@1.2.0", "${url}",${middle}"${digest}"]`;
        });
  }
}

/** Puts a package of the attacker where the manager keeps `app@1.2.0` for the next time. */
export async function tamperCache({ runner, lab }: Stage): Promise<void> {
  const home = path.join(lab.project.dir, 'home');
  switch (runner.family) {
    case 'npm': {
      const lock = JSON.parse(await readFile(path.join(lab.project.cwd, 'package-lock.json'), 'utf8')) as {
        readonly packages: Readonly<Record<string, { readonly integrity: string }>>;
      };
      const { integrity } = lock.packages['node_modules/app']!;
      const hex = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
      const at = path.join('content-v2', 'sha512', hex.slice(0, 2), hex.slice(2, 4), hex.slice(4));
      await writeFile(path.join(home, 'npm-cache', '_cacache', at), evilTarball('app'));
      return;
    }
    case 'pnpm': {
      // The file that every package of the lab runs: same length, same times, so that a look at these says nothing.
      const needle = "process.argv[2] + '\\n'";
      for (const file of filesBelow(path.join(home, '.local', 'share', 'pnpm'))) {
        const text = await readFile(file, 'utf8');
        if (!text.startsWith("require('node:fs').appendFileSync") || !text.includes(needle)) continue;
        const { atime, mtime } = await stat(file);
        await writeFile(file, text.replace(needle, "'EVIL\\n'".padEnd(needle.length)));
        await utimes(file, atime, mtime);
        return;
      }
      throw new Error('the store of pnpm has no file of the lab');
    }
    case 'yarn-4': {
      const zip = filesBelow(path.join(home, '.yarn')).find((file) =>
        /[/\\]app-npm-[^/\\]*\.zip$/.test(file),
      );
      await editBytes(zip!);
      return;
    }
    case 'yarn-1':
    case 'bun': {
      const folders = filesBelow(home)
        .filter((file) => /[/\\](npm-)?app[@-]1\.2\.0/.test(file) && file.endsWith('package.json'))
        .map((file) => path.dirname(file));
      if (folders.length === 0) throw new Error('the cache has no app@1.2.0');
      for (const folder of folders) {
        await writeFile(path.join(folder, MARK), 'evil\n');
        await writeFile(path.join(folder, 'log.cjs'), LOG);
      }
    }
  }
}

/** One bit of the content of a zip file. */
async function editBytes(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = bytes[at]! ^ 1;
  await writeFile(file, bytes);
}

export function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** A program that leaves a mark instead of doing what it is asked. */
export async function evilProgram(file: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '#!/bin/sh\necho EVIL >> "$LAB_EVENTS"\nexit 0\n', { mode: 0o755 });
  return file;
}
