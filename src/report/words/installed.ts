/** Words for what lies on the disk, and for what is said of one package in several places. */
import type { WordTable } from './types.ts';

const AGAIN = 'delete node_modules and install again; find out first who wrote to it';

export const installedWords: WordTable = {
  'disk-file-edited': {
    say: 'a file[ ({path})] has another content than in the verified tarball[: expected {expected} but got {actual}]',
    advice: AGAIN,
  },
  'disk-file-added': {
    say: 'a file[ ({path})] is not in the verified tarball[: {actual}]',
    advice: AGAIN,
  },
  'disk-file-missing': {
    say: 'a file[ ({path})] of the verified tarball is not on the disk',
    advice: AGAIN,
  },
  'disk-mode-changed': {
    say: 'a file[ ({path})] has other permissions than the package manager gave it[: expected {expected} but got {actual}]',
    advice: AGAIN,
  },
  'disk-link-swapped': {
    say: 'something[ ({path})] is not what the package manager puts there[: expected {expected} but got {actual}]',
    advice: AGAIN,
  },
  'disk-file-built': {
    say: 'files[ ({count})] were added after unpacking, as install scripts do[: {path}]',
    advice: 'nothing, if its install scripts are meant to run; else delete node_modules and install again',
  },
  'disk-file-patched': {
    say: 'a file[ ({path})] differs from the verified tarball, in a package that the project patches[: expected {expected} but got {actual}]',
    advice: 'see that the patch in the project changes this very file, and nothing else does',
  },
  'disk-command-unknown': {
    say: 'a command[ ({path})] has a form that no known version of pnpm writes, as all commands here[: {actual}]',
    advice: 'update verify-deps; if that does not help, compare it with that of a fresh installation',
  },
  'disk-package-extra': {
    say: 'something in node_modules[ ({path})] is not in the lockfile',
    advice: 'delete it, or let the package manager: npm prune, pnpm prune',
  },
  'disk-package-missing': {
    say: 'it is in the lockfile and not on the disk[: {path}]',
    advice: 'install again; leave out with --omit what was left out on purpose',
  },
  'disk-record-differs': {
    say: 'the file by which npm knows what is installed[ ({path})] differs from the lockfile[ in the {field}][: expected {expected} but got {actual}]',
    advice: AGAIN,
  },
  'disk-unreadable': {
    say: 'something in node_modules[ ({path})] cannot be read[: {reason}]',
    advice: 'run it as a user who may read node_modules',
  },
  'disk-uncovered': {
    say: 'its files on the disk were not compared with anything[: {kind}]',
    advice: 'replace it by a published package whose digest the lockfile pins',
  },
  'tarball-ambiguous': {
    say: 'the verified tarball can be unpacked in more than one way[: {why}]',
    advice: 'do not install it; no publishing tool makes such a tarball',
  },
  'manifest-confusion': {
    say: 'the package.json in the tarball differs from what the registry says[ in {field}][: expected {expected} but got {actual}]',
    advice: 'do not install it before you know why; what the registry shows is not what is installed',
  },
  'lockfile-confusion': {
    say: 'the lockfile says something else about the package than the registry[ in {field}][: expected {expected} but got {actual}]',
    advice:
      'find the commit that changed this entry of the lockfile; then let the package manager write it again',
  },
};
