/**
 * SLSA build level of a package, from who signed its provenance and on which machine. Only what the signing certificate
 * bears counts; the table and the reason for each line stand in docs/policy.md.
 * @see https://slsa.dev/spec/v1.0/levels
 */
import type { Evidence, Provenance } from '../evidence/types.ts';
import type { Findings } from './findings.ts';
import { atMost } from './levels.ts';
import type { Demands } from './match.ts';
import { demandsSomething } from './minimums.ts';
import type { BuilderLevel, BuildLevel } from './types.ts';

const GITHUB_RUNNER = 'https://github.com/actions/runner';
/** Reusable workflows that sign in a job the calling workflow cannot reach into; of releases only, which carry a version. */
const ISOLATED = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/';
const ISOLATED_NAME = /^[a-z_-]{1,100}_slsa3\.yml@refs\/tags\/v\d{1,9}\.\d{1,9}\.\d{1,9}$/;

/** Provenance by a service that this tool does not know does not get here: it is uncovered. */
export function buildLevelOf(claims: Provenance, builders: readonly BuilderLevel[]): BuildLevel {
  for (const id of buildersOf(claims)) {
    const listed = mostSpecific(builders, id);
    if (listed !== undefined) return listed.level;
  }
  const { ci, runner, signer } = claims;
  if (ci === 'gitlab') return runner === 'gitlab-hosted' ? 2 : 1;
  if (runner !== 'github-hosted') return 1;
  return signer.startsWith(ISOLATED) && ISOLATED_NAME.test(signer.slice(ISOLATED.length)) ? 3 : 2;
}

/**
 * What a policy can name, the most telling first. A workflow isolates nothing from the owner of the machine it runs on, so
 * it counts on hosted ones only. The number of a GitLab runner is left out: nobody signs for it.
 */
function buildersOf({ ci, runner, signer, sourceRepository }: Provenance): readonly string[] {
  if (ci === 'gitlab') {
    const machine = `${sourceRepository}/-/runners/`;
    return runner === 'gitlab-hosted' ? [signer, machine] : [machine];
  }
  const machine = runner === undefined ? GITHUB_RUNNER : `${GITHUB_RUNNER}/${runner}`;
  return runner === 'github-hosted' ? [signer, machine] : [machine];
}

/** An exact id before a prefix, a longer prefix before a shorter one. */
function mostSpecific(builders: readonly BuilderLevel[], id: string): BuilderLevel | undefined {
  let best: BuilderLevel | undefined;
  for (const builder of builders) {
    const { pattern } = builder;
    if (pattern === id) return builder;
    if (!pattern.endsWith('*') || !id.startsWith(pattern.slice(0, -1))) continue;
    if (best === undefined || pattern.length > best.pattern.length) best = builder;
  }
  return best;
}

export function judgeBuildLevel(
  { provenance }: Evidence,
  { levels, minimums }: Demands,
  builders: readonly BuilderLevel[],
  findings: Findings,
): void {
  const about = 'build level';
  for (const { buildLevel } of minimums) {
    if (!demandsSomething(buildLevel)) continue;
    const { minimum: expected, by } = buildLevel;
    if (provenance.status === 'verified') {
      const { claims } = provenance.value;
      const actual = buildLevelOf(claims, builders);
      if (actual >= expected) continue;
      const args = { expected, actual, builder: buildersOf(claims)[0] ?? claims.builderId };
      findings.judged(about, { code: 'build-level-low', args }, by);
    } else if (provenance.status === 'absent') {
      findings.judged(about, { code: 'build-level-low', args: { expected, actual: 0 } }, by, 'absent');
    } else {
      const missing = provenance.status === 'uncovered' ? atMost(by, levels.uncovered) : by;
      findings.lack(about, provenance, missing, levels.unreachable);
    }
  }
}
