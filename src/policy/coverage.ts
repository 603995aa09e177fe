/**
 * How much of what production installs is proven: packages from registries with verified provenance against all of
 * them. A whole-run judgement, so it knows no rules and no exemptions: it says how far a project has come.
 */
import type { CoverageDemand, Finding, Policy, Verdict } from './types.ts';

/** Distinct packages from registries that not only development needs. */
export interface Coverage {
  readonly production: number;
  /** Of those, the ones with verified provenance. */
  readonly proven: number;
}

/** What a policy demands: a share in tenths of a per cent, or no less than the report recorded. */
export type CoverageGoal = { readonly kind: 'share'; readonly tenths: number } | { readonly kind: 'ratchet' };

const ABOUT = 'coverage';

/** @returns undefined for what is no goal: `60%`, `62.5%` and `ratchet` are */
export function coverageGoal(text: string): CoverageGoal | undefined {
  if (text === 'ratchet') return { kind: 'ratchet' };
  const match = /^(\d{1,3})(?:\.(\d))?\s?%$/.exec(text);
  if (match === null) return undefined;
  const tenths = Number(match[1]) * 10 + Number(match[2] ?? 0);
  return tenths > 1000 ? undefined : { kind: 'share', tenths };
}

export function coverageOf(verdicts: readonly Verdict[]): Coverage {
  const production = verdicts.filter(inProduction);
  return { production: production.length, proven: production.filter(isProven).length };
}

/**
 * Whether a run looks at all that production installs: a share of a part says nothing about the whole.
 * @param omitted  nodes that filters left out
 */
export function seesProduction(
  {
    only,
    omit = [],
    workspaces = [],
  }: {
    readonly only?: string;
    readonly omit?: readonly string[];
    readonly workspaces?: readonly string[];
  },
  omitted: number,
): boolean {
  if (only !== undefined) return false;
  return omitted === 0 || (workspaces.length === 0 && omit.every((kind) => kind === 'dev'));
}

/** The project names it, production installs it, and nobody says who built it: where a change of one line helps. */
export function unprovenDirect(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(
    (verdict) =>
      !isProven(verdict) &&
      isFromRegistry(verdict) &&
      verdict.evidence.subject.nodes.some(({ depth, dependency }) => depth <= 1 && dependency !== 'dev'),
  );
}

/**
 * @param verdicts  of everything that production installs
 * @param recorded  what the report holds this run to, if it recorded any
 */
export function coverageFindings(
  verdicts: readonly Verdict[],
  recorded: Coverage | undefined,
  { level, goal }: CoverageDemand,
  mode: Policy['mode']['value'],
): readonly Finding[] {
  const wanted = coverageGoal(goal.value);
  if (level.value === 'off' || wanted === undefined) return [];
  const now = coverageOf(verdicts);
  // No package is proven and none is unproven: nothing was lost and nothing is lacking.
  if (now.production === 0) return [];
  // Who could not be asked may be proven: if that would do, the run is undecided and not failed.
  const open = verdicts.filter(
    (verdict) => inProduction(verdict) && verdict.evidence.provenance.status === 'unreachable',
  ).length;
  const best: Coverage = { production: now.production, proven: now.proven + open };
  const severity = mode === 'observe' ? 'warn' : level.value;
  const finding = (code: 'coverage-low' | 'coverage-fell', expected: string, reached: boolean): Finding => ({
    code,
    severity,
    args: { expected, actual: coverageText(now), ...(open === 0 ? {} : { unknown: open }) },
    status: reached ? 'unreachable' : undefined,
    about: ABOUT,
    decidedBy: { rule: 'minimum.coverage', at: goal.at },
  });
  if (wanted.kind === 'share') {
    const reaches = (coverage: Coverage): boolean =>
      coverage.proven * 1000 >= wanted.tenths * coverage.production;
    return reaches(now) ? [] : [finding('coverage-low', goal.value.replace(/\s?%$/, ' %'), reaches(best))];
  }
  if (recorded === undefined || !isLess(now, recorded)) return [];
  return [finding('coverage-fell', coverageText(recorded), !isLess(best, recorded))];
}

/**
 * What the next run is held to. A fall that was objected to moves nothing: otherwise it would be accepted by running
 * twice.
 */
export function nextRecorded(
  recorded: Coverage | undefined,
  now: Coverage,
  findings: readonly Finding[],
): Coverage {
  if (recorded === undefined) return now;
  const objected = findings.some(({ code, severity }) => code === 'coverage-fell' && severity !== 'info');
  return objected || now.production === 0 ? recorded : now;
}

/** `61.3 % (214 of 349)`: rounded down, so that what is not reached does not look reached. */
export function coverageText({ production, proven }: Coverage): string {
  if (production === 0) return 'none in production';
  return `${percent({ production, proven })} % (${proven} of ${production})`;
}

/** Per cent with at most one decimal, rounded down. */
export function percent({ production, proven }: Coverage): number {
  return production === 0 ? 0 : Math.floor((proven * 1000) / production) / 10;
}

function isLess(a: Coverage, b: Coverage): boolean {
  return a.proven * b.production < b.proven * a.production;
}

function inProduction(verdict: Verdict): boolean {
  return (
    isFromRegistry(verdict) && verdict.evidence.subject.nodes.some(({ dependency }) => dependency !== 'dev')
  );
}

function isFromRegistry({ evidence }: Verdict): boolean {
  return evidence.subject.source.kind === 'registry';
}

function isProven({ evidence }: Verdict): boolean {
  return evidence.provenance.status === 'verified';
}
