import fs from 'node:fs';
import path from 'node:path';

/**
 * Chunks, each with everything that its modules import at once and no chunk above it has. Paths are within src or
 * node_modules; a pattern is for a module that has no file.
 *
 * What is needed together is one chunk: a file costs more than what stands in it, when a package is unpacked as when it runs.
 * But what a chunk imports at once is loaded with it, so a heavy library shares no chunk with those who can do without.
 */
const GROUPS = {
  // Every command.
  start: ['cli/process.ts', 'core/version.ts'],
  // What verifying a lockfile needs in any case, also where it is loaded later than at once.
  check: [
    'cli/commands/check.ts',
    'cli/ui.ts',
    'core/json-members.ts',
    'policy/extends.ts',
    'policy/merge.ts',
    'registry/client.ts',
  ],
  // Once somebody is asked.
  direct: ['registry/direct.ts'],
  npmrc: ['@npmcli/config/lib/index.js', '@npmcli/config/lib/definitions/index.js'],
  tuf: ['tuf-js/dist/index.js', 'tuf-js/dist/error.js'],
  // Credentials, and dependencies that are more than a name and a range.
  names: ['npm-package-arg/lib/npa.js', 'npm-registry-fetch/lib/auth.js'],
  workspace: ['@npmcli/package-json/lib/index.js', '@npmcli/map-workspaces/lib/index.js'],
  // Policies that are written, and other YAML that is edited.
  yaml: [
    'cosmiconfig/dist/Explorer.js',
    /left-out:\d+:typescript$/,
    'policy/parse.ts',
    'cli/commands/scripts.ts',
  ],
  policy: ['cli/commands/policy.ts', 'cli/fix-policy.ts', 'policy/read-layer.ts'],
  pnpm: ['tree/pnpm.ts'],
  // Evidence that is carried from one place to another.
  portable: [
    'cli/commands/bundle.ts',
    'cli/commands/fetch.ts',
    'portable/open.ts',
    'portable/store.ts',
    'registry/offline-client.ts',
  ],
  commands: [
    'cli/commands/accept.ts',
    'cli/commands/explain.ts',
    'cli/commands/init.ts',
    'cli/commands/simulate.ts',
    'cli/commands/trust.ts',
    'cli/timing-text.ts',
    'cli/unkept-text.ts',
    'installed/inspect.ts',
  ],
  // Also of the plugins, which are one file each: no module of it asks for its own place.
  gate: ['gate.ts', 'hooks/stopped.ts', 'hooks/trouble.ts', 'report/blocked.ts'],
  npm: ['cli/commands/hook.ts', 'cli/commands/install.ts'],
  proxy: ['cli/commands/proxy.ts', 'cli/commands/run.ts'],
  ci: ['cli/ci-reports.ts'],
  progress: ['cli/progress-log.ts'],
  agent: ['registry/agents.ts', 'registry/through-agent.ts'],
  arborist: ['tree/npm-v1.ts', '@npmcli/arborist/lib/index.js', '@npmcli/arborist/lib/shrinkwrap.js'],
  pacote: ['pacote/lib/index.js', 'p-map/index.js'],
  x509: ['sigstore/x509.ts'],
  curves: ['@noble/curves/esm/nist.js', '@noble/curves/esm/ed25519.js'],
};

export const groupNames = Object.keys(GROUPS);

/**
 * @returns `groups` as rolldown takes them; `expectUsed`, to be called when they have been, throws for a module that is none
 *   of the bundle: whatever it was there for, its chunk is not what it was meant to be
 */
export function grouping(root) {
  const unused = new Set();
  const groups = Object.entries(GROUPS).map(([name, entries], index, all) => {
    const modules = entries.map((entry) => moduleOf(root, entry));
    for (const module of modules) unused.add(module);
    const test = (id) => {
      const found = modules.find((module) => (module instanceof RegExp ? module.test(id) : module === id));
      unused.delete(found);
      return found !== undefined;
    };
    return { name, priority: all.length - index, test };
  });
  const expectUsed = () => {
    if (unused.size > 0)
      throw new Error(`in scripts/bundle/groups.mjs, but not bundled: ${[...unused].join(', ')}`);
  };
  return { groups, expectUsed };
}

function moduleOf(root, entry) {
  if (entry instanceof RegExp) return entry;
  const own = path.join(root, 'src', entry);
  return fs.existsSync(own) ? own : path.join(root, 'node_modules', entry);
}
