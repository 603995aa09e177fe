// The registry of a measurement as a process of its own, and a project that asks it.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { isolatedEnv } from '../test/support/rig/environment.mjs';

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
  const ready = await new Promise((ok, bad) => {
    child.once('message', ok);
    child.once('error', bad);
    child.once('exit', (code) => bad(new Error(`the registry ended with ${code}`)));
  });
  return {
    ...ready,
    control: async (what, body) => {
      const init = body ? { method: 'POST', body: JSON.stringify(body) } : {};
      return (await fetch(`${ready.url}-/rig/${what}`, init)).json();
    },
    stop: () => child.disconnect(),
  };
}
