import { type JudgeOptions, judgeBundles, outcomeOfAll } from '../../bundle.ts';
import { parseVerifierKey } from '../../sigstore/witness.ts';
import type { WorkArgs } from '../args.ts';
import type { BundleArgs } from '../bundle-args.ts';
import { openArtifact, readBundles, readKey } from '../bundle-inputs.ts';
import { bundleJson } from '../bundle-json.ts';
import { bundleText } from '../bundle-text.ts';
import { loadTrustRoot } from '../bundle-trust.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit.ts';

/** `verify-deps bundle FILE [ARTIFACT]`: any Sigstore bundle, by itself. */
export async function bundle(args: BundleArgs, work: WorkArgs, context: Context): Promise<number> {
  // All that lies here before anybody is asked: a typo must not wait for the network.
  const key = await readKey(args.key);
  const artifact = await openArtifact(args);
  const witnesses = args.witnesses.map(parseVerifierKey);
  const bytes = await readBundles(args, context.input);
  const trust = await loadTrustRoot(work, args.offline, context);
  const options: JudgeOptions = {
    trustRoot: trust.root,
    pinned: true,
    thresholds: { ...args.thresholds, ...(witnesses.length === 0 ? {} : { witnesses }) },
    ...(key === undefined ? {} : { key }),
    ...(artifact === undefined ? {} : { artifact }),
    ...(args.identity === undefined ? {} : { identity: args.identity }),
    ...(args.issuer === undefined ? {} : { issuer: args.issuer }),
  };
  const judgements = await judgeBundles(bytes, options);
  const outcome = outcomeOfAll(judgements);
  context.ui.stop();
  const exitCode = { verified: exitCodes.passed, failed: exitCodes.failed, undecided: exitCodes.undecided }[
    outcome
  ];
  if (work.format === 'json') await context.output.write(bundleJson(judgements, outcome, trust));
  else if (work.detail !== 'quiet' || exitCode !== exitCodes.passed) {
    await context.output.write(bundleText(judgements, outcome, { args, trust, ...context }));
  }
  return exitCode;
}
