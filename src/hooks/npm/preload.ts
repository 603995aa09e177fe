/**
 * Loaded into npm before npm itself (`node --import preload.js npm-cli.js …`). Lets npm plan as it always does, then asks
 * the process that started it before anything of the plan is touched, and afterwards unpacks nothing else.
 * It imports nothing but node: npm's process is npm's.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import type { FromNpm, Plan, ToNpm } from './messages.ts';

/** What is used of npm's Arborist, 9.x and 10.x alike. */
interface Arborist {
  idealTree: Tree | null;
  readonly path: string;
  readonly registry: string;
  readonly options: Options;
}
interface Options {
  readonly global?: boolean;
  readonly packageLock?: boolean;
  readonly packageLockOnly?: boolean;
  readonly dryRun?: boolean;
  readonly omit?: readonly string[];
  readonly workspaces?: readonly string[];
  readonly workspacesEnabled?: boolean;
  readonly includeWorkspaceRoot?: boolean;
}
interface Node {
  readonly isRoot: boolean;
  readonly location: string;
  readonly path: string;
  readonly resolved: string | null;
  readonly integrity: string | null;
  readonly package: { readonly name?: string; readonly version?: string };
}
interface Tree extends Node {
  /** None in the trees that npm makes for the strategy `linked`. */
  readonly meta?: { readonly path: string };
  readonly target: Node & { readonly workspaces?: ReadonlyMap<string, string> | null };
  readonly root: { readonly inventory: ReadonlyMap<string, Node> };
}
type Method = (this: Arborist, options?: Options) => Promise<unknown>;
interface ArboristModule {
  readonly prototype: { buildIdealTree: Method; reify: Method; loadVirtual: Method };
  readonly Shrinkwrap: { metaFromNode(node: Node, path: string, options: object): object };
}
interface Extraction {
  readonly path?: string;
  readonly resolved?: string;
  readonly integrity?: string;
}
type Extract = (spec: string, dest: string, options: Extraction) => Promise<unknown>;

/** What may be unpacked: the place it comes from, with the digests it may have; undefined until a plan was judged. */
let judged: Map<string, Set<string>> | undefined;
/** The last to reify: asked again if something turns up that was in no plan. */
let reifying: Arborist | undefined;
/** Trees that have been judged, with the answer. */
const trees = new WeakMap<Tree, Promise<void>>();

try {
  patch();
  say({ kind: 'patched' });
} catch (error) {
  // npm does not start at all: an error of a preloaded module ends the process.
  say({ kind: 'refused', what: 'layout', why: error instanceof Error ? error.message : String(error) });
  throw error;
}

function patch(): void {
  const main = process.argv[1];
  if (main === undefined || process.send === undefined) throw new Error('not started by verify-deps');
  const fromCommand = createRequire(path.join(path.dirname(main), '..', 'lib', 'commands', 'ci.js'));
  // As npm does it first of all: what is loaded now must see the same file system.
  fromCommand('graceful-fs').gracefulify(fromCommand('node:fs'));
  const file = fromCommand.resolve('@npmcli/arborist');
  const module = fromCommand(file) as ArboristModule;
  const fromArborist = createRequire(file);
  const pacote = fromArborist('pacote') as { extract: Extract };
  const { prototype, Shrinkwrap } = module;
  const { buildIdealTree, reify, loadVirtual } = prototype;
  const parts = [buildIdealTree, reify, loadVirtual, Shrinkwrap?.metaFromNode, pacote.extract];
  if (!parts.every((part) => typeof part === 'function')) throw new Error(`unknown parts in ${file}`);

  prototype.loadVirtual = async function (options) {
    try {
      return await loadVirtual.call(this, options);
    } catch (error) {
      say({ kind: 'unlocked', path: this.path });
      throw error;
    }
  };
  // `npm ci` plans before it empties node_modules, so that a plan that is stopped leaves it alone.
  prototype.buildIdealTree = async function (options) {
    refuseGlobal(this);
    const tree = (await buildIdealTree.call(this, options)) as Tree;
    await judge(this, tree, module, options?.omit ?? this.options.omit ?? []);
    return tree;
  };
  prototype.reify = async function (options = {}) {
    refuseGlobal(this);
    reifying = this;
    // As reify would, but before it makes or removes anything.
    const complete = this.options.packageLockOnly === true || this.options.dryRun === true;
    await prototype.buildIdealTree.call(this, { ...options, complete } as Options);
    return reify.call(this, options);
  };
  const original = pacote.extract;
  pacote.extract = async (spec, dest, options) => {
    return original(spec, dest, await admit(spec, dest, options, module));
  };
  if (pacote.extract === original) throw new Error(`cannot patch ${file}`);
}

function refuseGlobal({ options }: Arborist): void {
  if (options.global !== true) return;
  const why = 'a global install belongs to no project, and is not judged here';
  say({ kind: 'refused', what: 'global', why });
  throw stopped(why);
}

function judge(
  arborist: Arborist,
  tree: Tree,
  module: ArboristModule,
  omit: readonly string[],
): Promise<void> {
  const known = trees.get(tree);
  if (known !== undefined) return known;
  const { options } = arborist;
  // By their folders: a lockfile does not name each of them.
  const folders = tree.target.workspaces;
  const named = (options.workspaces ?? []).map((name) => {
    const folder = folders?.get(name);
    return folder === undefined ? name : slashed(path.relative(tree.target.path, folder));
  });
  const workspaces = options.workspacesEnabled === false ? ['.'] : named;
  if (workspaces.length > 0 && options.includeWorkspaceRoot === true) workspaces.push('.');
  const answer = submit(arborist, tree, module, omit, workspaces);
  trees.set(tree, answer);
  return answer;
}

/** @throws where the plan is stopped, which ends npm */
async function submit(
  arborist: Arborist,
  tree: Tree,
  { Shrinkwrap }: ArboristModule,
  omit: readonly string[],
  workspaces: readonly string[],
): Promise<void> {
  const base = tree.meta?.path;
  if (base === undefined) throw stopped('a plan of another form than npm makes');
  const nodes = new Map<string, Node>();
  for (const node of tree.root.inventory.values()) {
    if (node === tree || node.isRoot || node.location === '') continue;
    nodes.set(slashed(path.relative(base, node.path)), node);
  }
  const packages: Record<string, object> = { '': Shrinkwrap.metaFromNode(tree.target, base, {}) };
  const locations = [...nodes.keys()].sort((a, b) => a.localeCompare(b, 'en'));
  for (const location of locations)
    packages[location] = Shrinkwrap.metaFromNode(nodes.get(location)!, base, {});
  const { name, version } = tree.target.package;
  const lockfile = { name, version, lockfileVersion: 3, requires: true, packages };
  const { options } = arborist;
  const plan: Plan = {
    kind: 'plan',
    path: base,
    lockfile: `${JSON.stringify(lockfile, null, 2)}\n`,
    omit: omit.filter((kind): kind is Plan['omit'][number] => ['dev', 'optional', 'peer'].includes(kind)),
    workspaces,
    env: settings(options),
    registry: arborist.registry,
    keepsLockfile: options.packageLock !== false && options.dryRun !== true,
  };
  const answer = await ask(plan);
  if (answer.kind === 'stop') throw stopped(answer.why);
  judged ??= new Map();
  for (const location of answer.locations) {
    const node = nodes.get(location);
    if (node === undefined) continue;
    // As `reify` asks for it.
    const place = node.resolved || `${node.package.name}@${node.package.version}`;
    judged.set(place, (judged.get(place) ?? new Set()).add(node.integrity ?? ''));
  }
}

/**
 * Nothing is unpacked that was not judged, and nothing without the digest it was judged by: with the strategy `linked`
 * npm itself asks for none.
 */
async function admit(
  spec: string,
  dest: string,
  options: Extraction,
  module: ArboristModule,
): Promise<Extraction> {
  if (judged === undefined) {
    // While it plans npm unpacks packages in a folder of its cache, to read what they bundle.
    const project = path.resolve(options.path ?? '.');
    const inside = path.relative(project, path.resolve(dest));
    if (inside.startsWith('..') || path.isAbsolute(inside)) return options;
  } else {
    const admitted = asJudged(spec, options);
    if (admitted !== undefined) return admitted;
    // What a shrinkwrap inside a package (npm 11) or a bundle that lacks something brings is known only now.
    const tree = reifying?.idealTree;
    if (reifying !== undefined && tree?.meta !== undefined) await submit(reifying, tree, module, [], []);
    const late = asJudged(spec, options);
    if (late !== undefined) return late;
  }
  const why = `${spec} was in no plan that has been verified`;
  say({ kind: 'refused', what: 'unplanned', why });
  throw stopped(why);
}

function asJudged(spec: string, options: Extraction): Extraction | undefined {
  const digests = judged?.get(options.resolved || spec);
  if (digests === undefined) return undefined;
  if (digests.has(options.integrity ?? '')) return options;
  if (options.integrity || digests.size !== 1) return undefined;
  return { ...options, integrity: [...digests][0]! };
}

/** npm's settings, in the form in which npm hands them to scripts: without secrets. */
function settings(options: Options): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env))
    if (/^npm_config_/i.test(name) && value !== undefined) env[name] = value;
  // Those of scopes it keeps to itself.
  for (const [name, value] of Object.entries(options))
    if (/^@[^/]+:registry$/.test(name) && typeof value === 'string') env[`npm_config_${name}`] = value;
  return env;
}

function slashed(file: string): string {
  return file.split(path.sep).join('/');
}

function stopped(why: string): Error {
  return Object.assign(new Error(`verify-deps: ${why}`), { code: 'EVERIFYDEPS' });
}

function say(message: FromNpm): void {
  process.send?.(message);
}

/** Waits for the answer; without one npm must not go on. */
function ask(plan: Plan): Promise<ToNpm> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      process.off('message', onMessage);
      process.off('disconnect', onGone);
      then();
    };
    const onMessage = (answer: unknown): void => settle(() => resolve(answer as ToNpm));
    const onGone = (): void => settle(() => reject(stopped('verify-deps has ended without an answer')));
    process.on('message', onMessage);
    process.on('disconnect', onGone);
    if (!process.connected) onGone();
    else process.send!(plan, undefined, undefined, (error) => (error === null ? undefined : onGone()));
  });
}
