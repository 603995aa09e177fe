import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Baseline } from '../../src/policy/types.ts';
import { adviceFor } from '../../src/report/words.ts';
import { attested, evidence, judged, NO_BASELINE, NOW, policyOf, presetOf, subject } from './support.ts';

const NEWER = unproven('uncovered', 'format-unsupported', { what: 'provenance', actual: 'v9' });
const KEYS = unproven('uncovered', 'registry-keys-unknown', { registry: 'x' });
const WEAK = unproven('uncovered', 'integrity-weak', { algorithm: 'sha1' });
const policy = (require: string, rest = '') => policyOf(`version: 1\nrequire: { ${require} }\n${rest}`);

describe('what cannot be judged is worth what is demanded, and at most what uncovered says', () => {
  test.each<[string, Partial<Evidence>, string, string]>([
    ['nothing demanded', { provenance: NEWER }, 'uncovered: error', 'passed'],
    ['demanded', { provenance: NEWER }, 'provenance: error', 'failed, error format-unsupported'],
    ['a warning demanded', { provenance: NEWER }, 'provenance: warn', 'passed, warn format-unsupported'],
    [
      'limited to a warning',
      { provenance: NEWER },
      'provenance: error, uncovered: warn',
      'passed, warn format-unsupported',
    ],
    ['limited to nothing', { provenance: NEWER }, 'provenance: error, uncovered: off', 'passed'],
    [
      'not lifted',
      { provenance: NEWER },
      'provenance: warn, uncovered: error',
      'passed, warn format-unsupported',
    ],
    [
      'keys not known',
      { registrySignature: KEYS },
      'registrySignature: error',
      'failed, error registry-keys-unknown',
    ],
    [
      'keys not known, limited',
      { registrySignature: KEYS },
      'uncovered: warn',
      'passed, warn registry-keys-unknown',
    ],
    [
      'publish attestation',
      { publish: NEWER },
      'publishAttestation: error',
      'failed, error format-unsupported',
    ],
    [
      'publish attestation, limited',
      { publish: NEWER },
      'uncovered: warn',
      'passed, warn format-unsupported',
    ],
    // What the lockfile pins is no proof that a newer version could judge.
    [
      'a weak digest',
      { integrity: WEAK, registrySignature: WEAK },
      'uncovered: off',
      'failed, error integrity-weak',
    ],
    [
      'missing is not uncovered',
      { provenance: unproven('absent', 'provenance-absent') },
      'provenance: error, uncovered: off',
      'failed, error provenance-absent',
    ],
    [
      'wrong is not uncovered',
      { provenance: unproven('invalid', 'claim-mismatch') },
      'uncovered: off',
      'failed, error claim-mismatch',
    ],
    ['a build level', { provenance: NEWER }, 'buildLevel: error', 'failed, error format-unsupported'],
    [
      'a build level, limited',
      { provenance: NEWER },
      'buildLevel: error, uncovered: warn',
      'passed, warn format-unsupported',
    ],
  ])('%s', async (_, over, require, expected) => {
    expect(judged(attested(over), await policy(require))).toBe(expected);
  });

  test('a pinned identity stays what it is', async () => {
    const pinned = await policy(
      'uncovered: off',
      'rules: [{ match: "@acme/*", identity: { repository: https://github.com/acme/mono } }]\n',
    );
    expect(judged(attested({ provenance: NEWER }), pinned)).toBe('failed, error format-unsupported');
  });

  test('a rule can limit it for one package', async () => {
    const rule = await policy(
      'provenance: error',
      'rules: [{ match: "@acme/*", require: { uncovered: warn } }]\n',
    );
    expect(judged(attested({ provenance: NEWER }), rule)).toBe('passed, warn format-unsupported');
    const other = attested({ provenance: NEWER, subject: subject({ name: 'left-pad' }) });
    expect(judged(other, rule)).toBe('failed, error format-unsupported');
  });

  test('the finding names what decided: the demand, or the limit', async () => {
    const by = async (require: string) =>
      judge(attested({ provenance: NEWER }), await policy(require), NO_BASELINE, NOW).findings[0]?.decidedBy
        ?.rule;
    expect(await by('provenance: error')).toBe('require.provenance');
    expect(await by('provenance: warn, uncovered: warn')).toBe('require.provenance');
    expect(await by('provenance: error, uncovered: warn')).toBe('require.uncovered');
  });

  test('so is a line that had provenance', async () => {
    const recorded = {
      provenance: { sourceRepository: 'https://github.com/acme/mono', workflow: 'w', signer: 's' },
    } as unknown as Baseline extends ReadonlyMap<string, infer E> ? E : never;
    const baseline: Baseline = new Map([['@acme/log@2', recorded]]);
    const item = attested({ provenance: NEWER });
    expect(judged(item, await presetOf('recommended'), baseline)).toBe('failed, error format-unsupported');
    expect(judged(item, await policy('uncovered: warn'), baseline)).toBe('passed, warn format-unsupported');
  });
});

test('the presets fail closed where a proof is demanded', async () => {
  const [recommended, strict] = [await presetOf('recommended'), await presetOf('strict')];
  expect(judged(evidence({ registrySignature: KEYS }), recommended)).toBe(
    'failed, error registry-keys-unknown',
  );
  expect(judged(attested({ publish: NEWER }), recommended)).toBe('failed, error format-unsupported');
  expect(judged(attested({ provenance: NEWER }), strict)).toBe('failed, error format-unsupported');
  // Most packages have no provenance at all; one that has a newer kind is no worse than those.
  expect(judged(attested({ provenance: NEWER }), recommended)).toBe('passed');
});

test('the advice is to update, or to exempt', () => {
  expect(adviceFor('format-unsupported')).toMatch(/update verify-deps.*exempt/);
});
