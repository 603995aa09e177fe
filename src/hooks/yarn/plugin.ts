/** The plugin: puts the gate in front of yarn's fetchers, and stands behind it where scripts would start. */
import path from 'node:path';
import { printable } from '../../core/text.ts';
import { type Gate, isBlocked, openGate } from '../../gate.ts';
import { cacheFolder } from '../../registry/cache-folder.ts';
import { blockedLines } from '../../report/blocked.ts';
import { settingsOf } from '../settings.ts';
import { troubleLine } from '../trouble.ts';
import { openLedger } from './ledger.ts';
import { createProver, type Judge } from './prove.ts';
import { registrySettings } from './registry-settings.ts';
import type {
  Configuration,
  NetworkCall,
  NetworkRequest,
  Project,
  Report,
  YarnCore,
  YarnPaths,
} from './types.ts';
import { watchRequest } from './watch.ts';

export interface Hooks {
  validateProject(project: Project, report: Report): Promise<void>;
  wrapNetworkRequest(call: NetworkCall, request: NetworkRequest): Promise<NetworkCall>;
  globalHashGeneration(project: Project): Promise<void>;
  afterAllInstalled(): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

export function createPlugin(core: YarnCore, { npath }: YarnPaths, env: Env): { readonly hooks: Hooks } {
  const { Configuration, ReportError, MessageName } = core;
  const judges = new Map<string, Promise<Judge & { close(): Promise<void> }>>();
  let advised = false;

  const fail = (line: string, more: readonly string[] = []): Error =>
    new ReportError(MessageName.UNNAMED, line, (report) => {
      for (const text of advised ? [] : more) report.reportError(MessageName.UNNAMED, `verify-deps: ${text}`);
      if (more.length > 0) advised = true;
    });
  const refuse = (why: string): Error => fail(`verify-deps: ${why}, so nothing is installed`);

  const judgeOf = (project: Project): Promise<Judge & { close(): Promise<void> }> => {
    const known = judges.get(project.cwd);
    if (known !== undefined) return known;
    const folder = npath.fromPortablePath(project.cwd);
    // `yarn dlx` makes a project for the moment, in a folder of its own; the rules are those of where the user is.
    const isForTheMoment = path.basename(folder) === `dlx-${process.pid}`;
    const opening = openJudge(isForTheMoment ? process.cwd() : folder, project.configuration);
    judges.set(project.cwd, opening);
    opening.catch(() => undefined);
    return opening;
  };

  const openJudge = async (
    cwd: string,
    configuration: Configuration,
  ): Promise<Judge & { close(): Promise<void> }> => {
    const { registry, env: npmEnv } = registrySettings(configuration, env, npath.fromPortablePath);
    const settings = settingsOf(env);
    let gate: Gate;
    try {
      gate = await openGate({
        ...settings,
        cwd,
        env: npmEnv,
        ...(registry === undefined ? {} : { registry }),
      });
    } catch (error) {
      throw fail(troubleLine(error));
    }
    return {
      ledger: openLedger(path.resolve(cwd, settings.cacheDir ?? cacheFolder(env))),
      async judge(offer) {
        const verdict = await gate.judge(offer).catch((error: unknown) => {
          throw fail(troubleLine(error));
        });
        if (!isBlocked(verdict)) return;
        const [line = '', ...more] = blockedLines([verdict]);
        throw fail(`verify-deps blocked ${line}`, more);
      },
      close: () => gate.close(),
    };
  };

  const prover = createProver({
    yarn: { structUtils: core.structUtils, npath },
    judgeOf,
    refuse,
  });

  const { makeFetcher } = Configuration.prototype;
  if (typeof makeFetcher !== 'function') throw new Error('verify-deps does not know this version of yarn');
  Configuration.prototype.makeFetcher = function () {
    return prover.gated(makeFetcher.call(this));
  };

  const close = async (): Promise<void> => {
    const open = [...judges.values()];
    judges.clear();
    await Promise.allSettled(open.map(async (judge) => (await judge).close()));
  };
  // What was asked is kept, also where the installation was stopped.
  process.once('beforeExit', () => void close());

  return {
    hooks: {
      // Before anything is resolved or fetched: without policy, trust root or registry settings nothing begins.
      async validateProject(project, report) {
        try {
          await judgeOf(project);
        } catch (error) {
          report.reportError(MessageName.UNNAMED, printable((error as Error).message, 2000));
        }
      },
      wrapNetworkRequest: async (call, request) => watchRequest(call, request, refuse),
      // Yarn asks for it when everything is linked, right before the first script runs.
      async globalHashGeneration(project) {
        for (const hash of project.accessibleLocators) {
          const linked = project.storedPackages.get(hash);
          if (
            linked !== undefined &&
            (project.disabledLocators.has(hash) || prover.isProven(project, linked))
          )
            continue;
          const name = linked === undefined ? hash : core.structUtils.stringifyLocator(linked);
          throw refuse(`${printable(name)} was linked past the gate`);
        }
      },
      afterAllInstalled: close,
    },
  };
}
