import { VerifyDepsError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { explainVerdict } from '../../report/explain.ts';
import { jsonReport } from '../../report/json.ts';
import type { Report } from '../../report/types.ts';
import { run } from '../../run.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodeOf } from '../exit.ts';
import { didYouMean } from '../near.ts';

/**
 * `verify-deps explain PKG[@VERSION]`: every version of it that the lockfile has.
 * @param wanted  as given: `NAME` or `NAME@VERSION`
 * @throws {VerifyDepsError} `package-unknown`, and what `run()` throws
 */
export async function explain(wanted: string, work: WorkArgs, context: Context): Promise<number> {
  const { report } = await run({ ...runOptions(work, context), only: wanted, report: 'none' });
  context.ui.stop();
  if (report.verdicts.length === 0) throw packageUnknown(wanted, report);
  await context.output.write(work.format === 'json' ? jsonReport(report) : allText(report, context));
  return exitCodeOf(report.outcome);
}

function allText(report: Report, { style, columns }: Context): string {
  return report.verdicts.map((verdict) => explainVerdict(verdict, report, { style, columns })).join('\n');
}

function packageUnknown(wanted: string, { tree }: Report): VerifyDepsError {
  const at = wanted.lastIndexOf('@');
  const name = at > 0 ? wanted.slice(0, at) : wanted;
  const nodes = [...tree.nodes.values()];
  const versions = new Set(nodes.filter((node) => node.name === name).map((node) => node.version));
  const near =
    versions.size > 0
      ? `it has ${[...versions].slice(0, 8).join(', ')}`
      : (didYouMean(
          name,
          nodes.map((node) => node.name),
        ) ?? 'nothing there has a name like it');
  const left = tree.omitted > 0 ? `; ${tree.omitted} entries are left out by --omit or --workspace` : '';
  return new VerifyDepsError(
    'package-unknown',
    `${printable(tree.lockfile.path)} has no package ${printable(wanted)}`,
    { hint: `${near}${left}` },
  );
}
