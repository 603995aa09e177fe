import fs from 'node:fs';
import path from 'node:path';

/** How long a process may take that was started with the chunks of an earlier build and has yet to load some of them. */
const STANDS_MS = 15 * 60_000;
/** Files of earlier builds, and when they were no longer part of one. */
const SUPERSEDED = '.superseded.json';

/**
 * Writes the files of a build over those of an earlier one. Whoever loads them meanwhile has the old ones or the new ones,
 * never half: each is renamed into its place, those that name others last, and what the old ones name stands for a while.
 * @param clean  leave nothing in the folder that is not of this build
 */
export function publish(folder, files, { clean }) {
  const names = [...files.keys()].sort((a, b) => isNamedByOthers(b) - isNamedByOthers(a));
  for (const name of names) {
    const target = path.join(folder, name);
    const bytes = Buffer.from(files.get(name));
    if (fs.existsSync(target) && fs.readFileSync(target).equals(bytes)) continue;
    const unfinished = `${target}.${process.pid}.tmp`;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(unfinished, bytes);
    fs.renameSync(unfinished, target);
  }
  const superseded = path.join(folder, SUPERSEDED);
  const since = fs.existsSync(superseded) && !clean ? JSON.parse(fs.readFileSync(superseded, 'utf8')) : {};
  const now = Date.now();
  const standing = {};
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).split(path.sep).join('/');
    if (entry.isDirectory() || files.has(name) || name === SUPERSEDED) continue;
    if (clean || now - (since[name] ?? now) > STANDS_MS) fs.rmSync(file, { force: true });
    else standing[name] = since[name] ?? now;
  }
  if (clean) fs.rmSync(superseded, { force: true });
  else fs.writeFileSync(superseded, JSON.stringify(standing));
  if (clean) removeEmpty(folder);
}

function isNamedByOthers(name) {
  return /-[\w-]{8}\.cjs/.test(name) ? 1 : 0;
}

function removeEmpty(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmpty(path.join(folder, entry.name));
  if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
}
