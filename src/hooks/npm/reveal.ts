/** Loaded into whatever a wrapper called `npm` starts: says which npm that is, on a line of its own, and by which node. */
import { writeSync } from 'node:fs';
import path from 'node:path';

const main = process.argv[1];
if (main !== undefined && path.basename(main) === 'npm-cli.js')
  writeSync(1, `${JSON.stringify({ npm: main, node: process.execPath })}\n`);
