import { describe, expect, it, test } from 'vitest';
import { heldToOf } from '../../src/policy/baseline-view.ts';
import type { BaselineEntry, RecordedProvenance, Verdict } from '../../src/policy/types.ts';
import { explainVerdict } from '../../src/report/explain.ts';
import { heldToLines, heldToOut } from '../../src/report/held-to.ts';
import { plain } from '../../src/report/style.ts';
import { attested, finding, node, sample, signedOnly } from './samples.ts';

const RECORDED: RecordedProvenance = {
  sourceRepository: 'https://github.com/acme/left',
  repositoryId: '1001',
  workflow: '.github/workflows/release.yml',
  signer: 'https://github.com/acme/left/.github/workflows/release.yml@refs/tags/v0.9.0',
  refKind: 'tag',
  trigger: 'push',
  runner: 'github-hosted',
  builder: 'https://github.com/actions/runner/github-hosted',
  issuer: 'https://token.actions.githubusercontent.com',
};
const entry = (changes: Partial<RecordedProvenance> = {}, reason?: string): BaselineEntry => ({
  provenance: { ...RECORDED, ...changes },
  ...(reason === undefined ? {} : { accepted: { reason } }),
});
const left = (...findings: Verdict['findings']): Verdict => ({ ...attested('left'), findings });

function shown(verdict: Verdict, baseline: Readonly<Record<string, BaselineEntry>>): string {
  const held = heldToOf(verdict.evidence, new Map(Object.entries(baseline)));
  return `\n${heldToLines({ style: plain, width: 100 }, held, verdict).join('\n')}\n`;
}

describe('what a release line is held to', () => {
  test('the same build again', () => {
    expect(shown(left(), { 'left@1': entry() })).toMatchInlineSnapshot(`
      "
      baseline
        held to what was recorded for release line 1
        = repository      https://github.com/acme/left
        = repository id   1001
        · owner id        not recorded
            this version  2002
        = workflow        .github/workflows/release.yml
        = signer          https://github.com/acme/left/.github/workflows/release.yml@refs/tags/v0.9.0
        = kind of ref     tag
        = trigger         push
        = runner          github-hosted
        = builder         https://github.com/actions/runner/github-hosted
        = issuer          https://token.actions.githubusercontent.com
        nothing differs that counts
      "
    `);
  });

  test('accepted by hand, and different since', () => {
    const verdict = left(finding('runner-changed', 'error'), finding('trigger-changed', 'warn'));
    const baseline = {
      'left@1': entry({ runner: 'self-hosted', trigger: 'workflow_dispatch' }, 'see issue 12'),
    };
    expect(shown(verdict, baseline)).toMatchInlineSnapshot(`
      "
      baseline
        held to what was recorded for release line 1
        accepted by hand: see issue 12
        = repository      https://github.com/acme/left
        = repository id   1001
        · owner id        not recorded
            this version  2002
        = workflow        .github/workflows/release.yml
        = signer          https://github.com/acme/left/.github/workflows/release.yml@refs/tags/v0.9.0
        = kind of ref     tag
        ≠ trigger         workflow_dispatch
            this version  push
        ≠ runner          self-hosted
            this version  github-hosted
        = builder         https://github.com/actions/runner/github-hosted
        = issuer          https://token.actions.githubusercontent.com
        differs: trigger-changed (warn)
        differs: runner-changed (error)
      "
    `);
  });

  test('a repository of another number under the same name', () => {
    const verdict = left(finding('repository-changed', 'error'));
    expect(shown(verdict, { 'left@1': entry({ repositoryId: '77' }) })).toContain(
      '  ≠ repository id   77\n      this version  1001\n',
    );
  });

  test('differences that the policy does not judge are shown as such', () => {
    expect(shown(left(), { 'left@1': entry({ runner: 'self-hosted' }) })).toContain(
      'differs: runner-changed (not judged: the policy turns the baseline off)',
    );
  });

  test('a prerelease is held to who built the releases, not to how', () => {
    const text = shown(left(), { 'left@1-prerelease': entry({ trigger: 'schedule' }) });
    expect(text).toContain('held to who built release line 1');
    expect(text).toMatch(/· trigger +schedule\n +this version +push/);
    expect(text).toContain('nothing differs that counts');
  });

  test('a version without provenance', () => {
    const text = shown(signedOnly('left'), { 'left@1': entry() });
    expect(text).toMatch(/· repository +https:\/\/github\.com\/acme\/left/);
    expect(text).not.toContain('does not say');
    expect(text).toContain('this version has no verified provenance that could be compared');
  });

  test.each([
    ['no report yet', {}, 'nothing is recorded yet'],
    ['another line', { 'left@2': entry() }, 'nothing is recorded for release line 1'],
    ['another package', { 'right@1': entry() }, 'nothing is recorded for release line 1'],
    [
      'accepted without',
      { 'left@1': { provenance: undefined, accepted: { reason: 'gone' } } },
      'accepted by hand: gone',
    ],
    ['recorded without', { 'left@1': { provenance: undefined } }, 'is recorded without provenance'],
    ['a name of every object', { '__proto__@1': entry() }, 'nothing is recorded for release line 1'],
  ])('%s', (_, baseline, expected) => {
    expect(shown(left(), baseline)).toContain(expected);
  });

  test('another spelling of the repository is no difference', () => {
    expect(
      shown(left(), { 'left@1': entry({ sourceRepository: 'https://GitHub.com/acme/left.git' }) }),
    ).toMatch(/= repository +https:\/\/GitHub/);
  });

  test('what does not come from a registry is held to nothing', () => {
    const git = node('left', '1.0.0', { source: { kind: 'git', url: 'https://git.example/l', commit: 'a' } });
    const { evidence } = signedOnly('left');
    const subject = { ...evidence.subject, source: git.source };
    expect(heldToOf({ ...evidence, subject }, new Map([['left@1', entry()]]))).toBeUndefined();
  });

  test('nothing recorded acts on a terminal', () => {
    const text = shown(left(), { 'left@1': entry({ workflow: '\u001b[2J\u202e' }, 'a\u001b[31m\nb') });
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(text).toContain('accepted by hand: a\\u{1b}[31m\\u{a}b');
  });
});

it('is a block of explain between the findings and the rules', () => {
  const verdict = left(finding('runner-changed', 'error'));
  const held = heldToOf(verdict.evidence, new Map([['left@1', entry({ runner: 'self-hosted' })]]));
  const text = explainVerdict(verdict, { ...sample([verdict]), heldTo: new Map([[verdict, held!]]) });
  expect(text.indexOf('runner-changed')).toBeLessThan(text.indexOf('\nbaseline\n'));
  expect(text.indexOf('\nbaseline\n')).toBeLessThan(text.indexOf('✔ passed'));
});

it('for programs', () => {
  const verdict = left(finding('runner-changed', 'error'));
  const held = heldToOf(verdict.evidence, new Map([['left@1', entry({ runner: 'self-hosted' }, 'why')]]));
  const out = heldToOut(held, verdict) as { readonly claims: readonly object[] };
  expect({
    ...out,
    claims: out.claims.filter((claim) => 'claim' in claim && claim.claim === 'runner'),
  }).toMatchInlineSnapshot(`
    {
      "accepted": "why",
      "changes": [
        {
          "actual": "github-hosted",
          "code": "runner-changed",
          "expected": "self-hosted",
          "severity": "error",
        },
      ],
      "claims": [
        {
          "claim": "runner",
          "comparison": "differs",
          "now": "github-hosted",
          "recorded": "self-hosted",
        },
      ],
      "compared": true,
      "line": "1",
      "record": "own",
    }
  `);
  expect(heldToOut(undefined, verdict)).toBeUndefined();
  expect(heldToOf(verdict.evidence, new Map())?.record).toBe('none');
});
