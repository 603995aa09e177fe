// Holds the verifier against the newest @sigstore/verify, which needs a newer Node than this project does: installs both
// into a temporary folder, from the registry that npm is configured with, and runs the comparison there.
//
//   node scripts/differential-newest.mjs [--mutations 24000]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from './temporary-folder.mjs';

const PACKAGES = [
  'node@24',
  '@sigstore/verify@latest',
  '@sigstore/bundle@latest',
  '@sigstore/protobuf-specs@latest',
];
const ROOT = path.join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { mutations: { type: 'string', default: '24000' } } });

const { dir, clean } = temporaryFolder('verify-deps-newest-');
try {
  fs.writeFileSync(path.join(dir, 'package.json'), '{"private":true}\n');
  const install = [
    'install',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--engine-strict=false',
    ...PACKAGES,
  ];
  // npm itself is not the newest Node's: the folder brings the binary only.
  run('npm', install, dir, {});
  const node = path.join(
    dir,
    'node_modules',
    'node',
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  run(node, [vitest, 'run', '--config', 'vitest.differential.config.ts'], ROOT, {
    VERIFY_DEPS_REFERENCE: dir,
    VERIFY_DEPS_DIFFERENTIAL_MUTATIONS: values.mutations,
  });
} finally {
  clean();
}

function run(command, args, cwd, env) {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (error) throw error;
  if (status !== 0) process.exitCode = 1;
  if (status !== 0 && command === 'npm') throw new Error(`npm ended with ${status}`);
}
