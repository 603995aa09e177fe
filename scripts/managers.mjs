// Installs the package managers that the gates are tested against, unless they are there already. Without a network the tests
// that need them say so and are skipped.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const folder = path.join(import.meta.dirname, '..', 'test', 'gates', 'managers');
const wanted = fs.readFileSync(path.join(folder, 'package-lock.json'), 'utf8');
const mark = path.join(folder, 'node_modules', '.installed');
if (fs.existsSync(mark) && fs.readFileSync(mark, 'utf8') === wanted) process.exit();

console.error('installing the package managers to test against (about 600 MB)');
const npm = process.env.npm_execpath;
const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
const { status } = npm
  ? spawnSync(process.execPath, [npm, ...args], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
  : spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'], shell: true });
if (status === 0) fs.writeFileSync(mark, wanted);
else console.error('not all of them are there: their tests will be skipped');
