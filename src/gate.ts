/**
 * The gate: judges packages one by one as a package manager is about to take them, with no lockfile at hand or none that can
 * be relied upon. The same policy, evidence and record as a run over a lockfile; whoever has a lockfile uses `run()`.
 */
import path from 'node:path';
import { connect, type Services } from './connect.ts';
import { systemClock } from './core/clock.ts';
import { VerifyDepsError } from './core/errors.ts';
import { printable } from './core/text.ts';
import { collectAll } from './evidence/collect-all.ts';
import { subjectsOfNodes } from './evidence/subjects.ts';
import { judge } from './policy/evaluate.ts';
import { asksReleaseTime } from './policy/release-age.ts';
import type { Baseline, Policy, Verdict } from './policy/types.ts';
import { type PolicyOptions, readPolicy } from './project.ts';
import type { PackageRef, RegistryClient } from './registry/types.ts';
import { readEarlier } from './report/earlier.ts';
import { REPORT_NAME } from './run.ts';
import { isPackageName, isVersion } from './tree/identity.ts';
import { parseIntegrity } from './tree/integrity.ts';
import type { DependencyKind, PackageNode, Source } from './tree/types.ts';
import type { Trust } from './trust/types.ts';

/** Verdicts kept for the same question; the oldest goes first. */
const VERDICTS_MAX = 20_000;
/** After that a verdict is reached anew: exemptions end, releases grow old enough. */
const VERDICT_MS_MAX = 3_600_000;

export type GateOptions = PolicyOptions;

/** A package as a registry or a resolver offers it. */
export interface Offer {
  readonly name: string;
  readonly version: string;
  /** Subresource Integrity of the bytes that would be installed; undefined where nobody says. */
  readonly integrity: string | undefined;
  /** Where the tarball is said to be. */
  readonly resolved?: string | undefined;
  /** It runs scripts when it is installed, as far as is known. */
  readonly hasInstallScript?: boolean | undefined;
  /** Where it comes from, if not from a registry. */
  readonly source?: Exclude<Source, { kind: 'registry' }> | undefined;
}

export interface Gate {
  readonly policy: Policy;
  readonly trust: Trust;
  /** What has been asked for evidence so far, and what the store had. */
  readonly stats: RegistryClient['stats'];
  /**
   * The verdict on exactly these bytes. The same question is answered once, whoever asks.
   * @throws {VerifyDepsError} `offer-malformed` for what no registry can have
   */
  judge(offer: Offer): Promise<Verdict>;
  /**
   * The integrity that the registry names for a version, for hosts that do not say which bytes they would install.
   * Nothing is proven by it: it is to be judged like any other.
   */
  announced(ref: PackageRef): Promise<string | undefined>;
  /** Waits for nothing: what is still being asked breaks off. */
  close(): Promise<void>;
}

/** @throws {VerifyDepsError} unreadable policy or report, no trust root */
export async function openGate(options: GateOptions): Promise<Gate> {
  const folder = path.resolve(options.cwd);
  const project = await readPolicy(folder, options);
  const { baseline } = await readEarlier(path.join(folder, REPORT_NAME));
  const services = await connect(project, options);
  return gateOver(project.policy, baseline, services, options);
}

function gateOver(policy: Policy, baseline: Baseline, services: Services, options: GateOptions): Gate {
  const clock = options.clock ?? systemClock;
  const verdicts = new Map<string, { readonly verdict: Promise<Verdict>; readonly since: number }>();
  const fresh = async (offer: Offer): Promise<Verdict> => {
    const { client, trust } = services;
    // A gate can be open for days.
    const now = clock();
    const evidence = await collectAll(
      subjectsOfNodes(nodesOf(offer)),
      { client, trust, now, tarballs: false, asksReleaseTime: asksReleaseTime(policy) },
      { signal: options.signal },
    );
    return judge(evidence[0]!, policy, baseline, now);
  };
  return {
    policy,
    trust: services.trust,
    get stats() {
      return services.client.stats;
    },
    async judge(offer) {
      assertOffer(offer);
      const key = JSON.stringify([
        offer.name,
        offer.version,
        offer.integrity ?? '',
        offer.resolved ?? '',
        offer.hasInstallScript ?? false,
        offer.source ?? '',
      ]);
      const known = verdicts.get(key);
      const since = clock();
      if (known !== undefined && since - known.since < VERDICT_MS_MAX) return known.verdict;
      const verdict = fresh(offer);
      verdicts.delete(key);
      verdicts.set(key, { verdict, since });
      if (verdicts.size > VERDICTS_MAX) verdicts.delete(verdicts.keys().next().value!);
      // What could not be asked now may be answered in a minute.
      const forget = (): void => {
        if (verdicts.get(key)?.verdict === verdict) verdicts.delete(key);
      };
      verdict.then((found) => {
        if (found.findings.some(({ status }) => status === 'unreachable')) forget();
      }, forget);
      return verdict;
    },
    async announced(ref) {
      assertOffer(ref);
      const answer = await services.client.manifest(ref);
      return answer.status === 'found' ? answer.value.integrity : undefined;
    },
    close: () => services.client.close(),
  };
}

const DEPENDENCIES: readonly DependencyKind[] = ['prod', 'dev', 'optional', 'peer'];

/** How the project depends on it is not known: the strictest of what a policy says about any way counts. */
function nodesOf({
  name,
  version,
  integrity,
  resolved,
  hasInstallScript = false,
  source,
}: Offer): PackageNode[] {
  const node = (dependency: DependencyKind, depth: number): PackageNode => ({
    key: `${name}@${version} ${dependency} ${depth}`,
    name,
    alias: undefined,
    version,
    source: source ?? { kind: 'registry', resolved },
    integrity: parseIntegrity(integrity),
    dependency,
    depth,
    parents: [],
    hasInstallScript,
    platform: undefined,
    patch: undefined,
    line: undefined,
  });
  return DEPENDENCIES.flatMap((dependency) => [node(dependency, 1), node(dependency, 2)]);
}

function assertOffer({ name, version }: PackageRef): void {
  if (isPackageName(name) && isVersion(version)) return;
  throw new VerifyDepsError(
    'offer-malformed',
    `${printable(`${name}@${version}`)} is no package and version`,
    {
      hint: 'see what the registry answered',
    },
  );
}

/** It must not be installed. */
export function isBlocked({ outcome }: Verdict): boolean {
  return outcome === 'failed' || outcome === 'undecided';
}
