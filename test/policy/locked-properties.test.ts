import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VerifyDepsError } from '../../src/core/errors.ts';
import { bears } from '../../src/policy/claims.ts';
import { type Layer, toLayer } from '../../src/policy/convert.ts';
import { RANK } from '../../src/policy/levels.ts';
import { type Demands, demandsOn } from '../../src/policy/match.ts';
import { mergeLayers } from '../../src/policy/merge.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { readPreset } from '../../src/policy/preset-file.ts';
import type { IdentityPin, Policy, RequirementName } from '../../src/policy/types.ts';
import { validatePolicy } from '../../src/policy/validate.ts';
import { node, subject } from './support.ts';

const NAMES = ['*', '@acme/*', '@acme/log', '@acme/log-*', 'lodash'];
const PACKAGES = ['@acme/log', '@acme/log-x', '@acme/y', 'lodash'];
const OWNERS = ['https://github.com/acme', 'https://github.com/evil'];

const some = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const match = fc.record(
  {
    name: fc.uniqueArray(some(NAMES), { minLength: 1, maxLength: 2 }),
    version: some(['<2', '>=2']),
    dependency: some<string | string[]>(['prod', 'dev', ['prod', 'dev']]),
    direct: fc.boolean(),
  },
  { requiredKeys: [] },
);
const demand = fc.oneof(
  fc.record({ require: fc.record({ provenance: some(['off', 'warn', 'error']) }) }),
  fc.record({ require: fc.record({ provenance: some(['off', 'warn', 'error']) }) }),
  fc.record({ minimum: fc.record({ buildLevel: some([0, 1, 2, 3]) }) }),
  fc.record({ identity: fc.record({ owner: fc.subarray(OWNERS, { minLength: 1 }) }) }),
  fc.record({ deny: fc.oneof(fc.constant('off'), fc.record({ trigger: some(['push', 'release', '*']) })) }),
);
const rules = fc.array(
  fc.tuple(match, demand).map(([matched, demanded]) => ({ match: matched, ...demanded })),
  { maxLength: 3 },
);
const file = fc.record(
  { rules, require: fc.record({ provenance: some(['off', 'warn', 'error']) }) },
  { requiredKeys: ['rules'] },
);

function layerOf(name: string, content: object, restsOn: readonly Layer[] = []): Layer {
  const bytes = Buffer.from(JSON.stringify({ version: 1, ...content }));
  const parsed = parsePolicy(bytes, name)!;
  return {
    ...toLayer(validatePolicy(parsed), parsed, name, bytes),
    restsOn: restsOn.map((layer) => layer.file),
  };
}

const bytes = await readPreset('recommended');
const parsed = parsePolicy(bytes, 'preset:recommended')!;
const base = toLayer(validatePolicy(parsed), parsed, 'preset:recommended', bytes);

/** Undefined where rules contradict one another, which fails every run. */
function tried<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof VerifyDepsError) return undefined;
    throw error;
  }
}

function demanded(policy: Policy): readonly (Demands | undefined)[] {
  return PACKAGES.flatMap((name) =>
    ['1.0.0', '2.0.0'].flatMap((version) =>
      (['prod', 'dev', 'optional'] as const).flatMap((dependency) =>
        [1, 2].map((depth) =>
          tried(() =>
            demandsOn(
              subject({ name, version }, [node({ name, version, dependency, depth })]),
              false,
              policy,
            ),
          ),
        ),
      ),
    ),
  );
}

const borne = (pin: IdentityPin, owner: string): boolean => bears('owner', pin.owner ?? [], owner);
const denied = (pin: IdentityPin, trigger: string): boolean => bears('trigger', pin.trigger ?? [], trigger);

function expectNotWeaker(here: Demands, locked: Demands): void {
  for (const name of Object.keys(locked.levels) as RequirementName[]) {
    expect(RANK[here.levels[name].level]).toBeGreaterThanOrEqual(RANK[locked.levels[name].level]);
  }
  expect(here.minimums[0]!.buildLevel.minimum).toBeGreaterThanOrEqual(locked.minimums[0]!.buildLevel.minimum);
  for (const owner of [...OWNERS, 'https://github.com/else']) {
    const allowed = here.pins.every(({ pin }) => borne(pin, owner));
    if (allowed) expect(locked.pins.every(({ pin }) => borne(pin, owner))).toBe(true);
  }
  for (const trigger of ['push', 'release', 'schedule']) {
    if (locked.denies.some(({ pin }) => denied(pin, trigger)))
      expect(here.denies.some(({ pin }) => denied(pin, trigger))).toBe(true);
  }
}

test('what is not refused demands no less than what is locked, of any package', () => {
  let allowed = 0;
  fc.assert(
    fc.property(
      file,
      file,
      file,
      fc.tuple(file, file),
      fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
      (top, first, second, [before, after], order) => {
        const policies = tried(() => {
          const [a, b] = [layerOf('a.yaml', first), layerOf('b.yaml', second)];
          const company = layerOf('company.yaml', { ...top, locked: true }, [b, a, base]);
          const beneath = [a, b, layerOf('x.yaml', before), company];
          const rest = order.map((index) => beneath[index]!);
          const alone = mergeLayers([company, b, a, base]);
          return [alone, mergeLayers([layerOf('main.yaml', after), ...rest, base])] as const;
        });
        if (policies === undefined) return;
        const [alone, whole] = policies;
        allowed += 1;
        const [here, locked] = [demanded(whole), demanded(alone)];
        for (const [index, one] of here.entries()) {
          const other = locked[index];
          if (one !== undefined && other !== undefined) expectNotWeaker(one, other);
        }
      },
    ),
    { numRuns: 1500, seed: 4 },
  );
  // Were everything refused, this would say nothing.
  expect(allowed).toBeGreaterThan(100);
});
