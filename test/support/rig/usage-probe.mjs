// Loaded into a measured Node process where there is no GNU time: leaves its CPU time and peak memory in a file.
import fs from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.RIG_USAGE_FILE;
if (file && isMainThread) {
  process.on('exit', () => fs.writeFileSync(file, JSON.stringify(process.resourceUsage())));
}
