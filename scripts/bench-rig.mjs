// The registry of a measurement as a process of its own, and a project that asks it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { isolatedEnv } from '../test/support/rig/environment.mjs';

/** How long a registry of many packages may take to read them. */
const START_MS = 120_000;

export function ourFolder(base, anchor, project) {
  const folder = {
    cwd: path.join(base, 'project'),
    cache: path.join(base, 'cache'),
    anchor: path.join(base, 'tuf-root.json'),
    env: isolatedEnv(path.join(base, 'home')),
  };
  fs.mkdirSync(folder.cwd, { recursive: true });
  fs.writeFileSync(folder.anchor, anchor);
  for (const [file, value] of Object.entries(project)) {
    fs.writeFileSync(path.join(folder.cwd, file), `${JSON.stringify(value, null, 2)}\n`);
  }
  return folder;
}

export async function startServer(home) {
  const child = fork(path.join(import.meta.dirname, 'rig-server.mjs'), [home]);
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill(), START_MS);
  const ready = await new Promise((ok, bad) => {
    child.once('message', ok);
    ended.then(([code]) => bad(new Error(`the registry ended with ${code}`)), bad);
  }).finally(() => clearTimeout(timer));
  return {
    ...ready,
    control: async (what, body) => {
      const init = body ? { method: 'POST', body: JSON.stringify(body) } : {};
      return (await fetch(`${ready.url}-/rig/${what}`, init)).json();
    },
    /** Its port is free when this is fulfilled. */
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
