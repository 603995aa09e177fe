/** The real package managers that the gates are tested against, out of `test/gates/managers`; `npm run managers` installs them. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const modules = path.join(import.meta.dirname, '..', 'managers', 'node_modules');
const platform = `${process.platform}-${process.arch}`;
const NODE_24 = path.join(modules, `node-${platform}`, 'bin', 'node');

export type ManagerId =
  | 'npm-10'
  | 'npm-11'
  | 'npm-12'
  | 'pnpm-10'
  | 'pnpm-11'
  | 'pnpm-12.10'
  | 'pnpm-12'
  | 'yarn-1'
  | 'yarn-4'
  | 'bun'
  | 'deno';

/** Script with the Node that runs it, or a program of its own; both under `modules`. */
const CLIS: Readonly<
  Record<ManagerId, { readonly script?: string; readonly node?: 24; readonly program?: string }>
> = {
  'npm-10': { script: 'npm-10/bin/npm-cli.js' },
  'npm-11': { script: 'npm-11/bin/npm-cli.js' },
  'npm-12': { script: 'npm-12/bin/npm-cli.js', node: 24 },
  'pnpm-10': { script: 'pnpm-10/bin/pnpm.cjs' },
  'pnpm-11': { script: 'pnpm-11/bin/pnpm.mjs', node: 24 },
  'pnpm-12.10': { program: `pnpm-12.10-${platform}/pnpm` },
  'pnpm-12': { program: `pnpm-12-${platform}/pnpm` },
  'yarn-1': { script: 'yarn-1/bin/yarn.js' },
  'yarn-4': { script: 'yarn-4/bin/yarn.js' },
  bun: { program: `bun-${platform}/bin/bun` },
  deno: { program: `deno-${platform}/deno` },
};

export interface Manager {
  readonly id: ManagerId;
  /** Program and its first arguments. */
  readonly command: readonly [string, ...string[]];
  /** Folder of the Node that its scripts are to find on PATH. */
  readonly nodeFolder: string;
}

/** Undefined where it is not installed: `npm run managers` needs the network once. */
export function manager(id: ManagerId): Manager | undefined {
  const { script, node, program } = CLIS[id];
  const runtime = node === 24 || program !== undefined ? NODE_24 : process.execPath;
  const nodeFolder = path.dirname(existsSync(runtime) ? runtime : process.execPath);
  const file = path.join(modules, program ?? script!);
  if (!existsSync(file) || !existsSync(runtime)) return undefined;
  return { id, command: program === undefined ? [runtime, file] : [file], nodeFolder };
}
