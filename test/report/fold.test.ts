import { describe, expect, it } from 'vitest';
import { type Check, unproven } from '../../src/core/check.ts';
import type { Finding, Verdict } from '../../src/policy/types.ts';
import { foldRegistries } from '../../src/report/fold.ts';
import {
  attested,
  bare,
  evidenceOf,
  finding,
  node,
  provenance,
  REGISTRY,
  signedOnly,
  verdict,
} from './samples.ts';

const names = ['a', 'b', 'c', 'd'];
const codesOf = (verdicts: readonly Verdict[]): string[] =>
  verdicts.flatMap(({ findings }) => findings.map(({ code }) => code));

function withCheck(
  name: string,
  check: Check<never>,
  outcome: Verdict['outcome'],
  findings: readonly Finding[],
): Verdict {
  return verdict(
    evidenceOf(node(name, '1.0.0'), { registrySignature: check, publish: check, provenance: check }),
    outcome,
    findings,
  );
}

describe('a registry without evidence', () => {
  it('is one finding with the number of packages, and outcomes stay', () => {
    const folded = foldRegistries(names.map((name) => bare(name, 'error')));
    expect(codesOf(folded.verdicts)).toEqual([]);
    expect(folded.verdicts.map(({ outcome }) => outcome)).toEqual(Array(4).fill('failed'));
    expect(folded.findings).toEqual([
      {
        code: 'registry-without-evidence',
        severity: 'error',
        args: { registry: REGISTRY, count: 4 },
        status: 'absent',
        about: 'registry',
        decidedBy: finding('signature-absent', 'error').decidedBy,
      },
    ]);
  });

  const stripped = unproven('absent', 'signature-absent', {});
  const nearMisses: readonly { name: string; odd: Verdict }[] = [
    { name: 'one package is signed', odd: signedOnly('z') },
    { name: 'one package has provenance', odd: attested('z') },
    {
      name: 'one package has provenance but no signature',
      odd: verdict(
        evidenceOf(node('z', '1.0.0'), {
          registrySignature: stripped,
          provenance: provenance('https://github.com/acme/z'),
        }),
      ),
    },
    {
      name: 'one package has a signature that does not hold',
      odd: verdict(
        evidenceOf(node('z', '1.0.0'), {
          registrySignature: unproven('invalid', 'signature-invalid', {}),
        }),
      ),
    },
    {
      name: 'one package is signed by an unknown key',
      odd: verdict(
        evidenceOf(node('z', '1.0.0'), {
          registrySignature: unproven('uncovered', 'signature-key-unknown', {}),
        }),
      ),
    },
    {
      name: 'one package has attestations that are announced and withheld',
      odd: verdict(
        evidenceOf(node('z', '1.0.0'), {
          registrySignature: stripped,
          provenance: unproven('absent', 'attestations-withheld', {}),
        }),
      ),
    },
    {
      name: 'one package has an attestation of another type',
      odd: verdict(
        evidenceOf(node('z', '1.0.0'), {
          registrySignature: stripped,
          other: [{ predicateType: 'https://example.com/p', check: unproven('invalid', 'malformed', {}) }],
        }),
      ),
    },
  ];
  it.each(nearMisses)('is not assumed where $name: the others may have been stripped', ({ odd }) => {
    const input = [...names.map((name) => bare(name)), odd];
    const folded = foldRegistries(input);
    expect(folded.findings).toEqual([]);
    expect(codesOf(folded.verdicts)).toEqual(codesOf(input));
  });

  it('is not concluded from two packages', () => {
    expect(foldRegistries([bare('a'), bare('b')]).findings).toEqual([]);
  });

  it('is judged for each registry alone', () => {
    const other = signedOnly('z');
    const elsewhere = { ...other, evidence: { ...other.evidence, registry: 'https://other.example/' } };
    expect(foldRegistries([...names.map((name) => bare(name)), elsewhere]).findings).toHaveLength(1);
  });

  it('is not contradicted by a package that could not be asked, which keeps its finding', () => {
    const lost = withCheck('z', unproven('unreachable', 'registry-unreachable', {}), 'undecided', [
      finding('registry-unreachable', 'error', { status: 'unreachable' }),
    ]);
    const folded = foldRegistries([...names.map((name) => bare(name)), lost]);
    expect(folded.findings.map(({ args }) => args.count)).toEqual([4]);
    expect(codesOf(folded.verdicts)).toEqual(['registry-unreachable']);
  });

  it.each([
    unproven('absent', 'version-absent', {}),
    unproven('uncovered', 'integrity-weak', { algorithm: 'sha1' }),
    unproven('uncovered', 'integrity-missing', {}),
  ])('is not contradicted by a package of which nothing can be said: $code', (check) => {
    const mute = withCheck('z', check, 'passed', []);
    expect(foldRegistries([...names.map((name) => bare(name)), mute]).findings).toHaveLength(1);
    expect(foldRegistries([bare('a'), bare('b'), mute]).findings).toEqual([]);
  });

  it('leaves findings of a rule about few packages with them, and all other findings', () => {
    const rule = { rule: 'ours', at: { file: 'verify-deps.yaml', line: 3, column: 1 } };
    const own = finding('attestations-absent', 'error', { decidedBy: rule });
    const lost = finding('provenance-lost', 'error');
    const special = { ...bare('z'), outcome: 'failed' as const, findings: [own, lost] };
    const folded = foldRegistries([...names.map((name) => bare(name)), special]);
    expect(folded.verdicts.at(-1)!.findings).toEqual([own, lost]);
    expect(folded.findings[0]).toMatchObject({ severity: 'warn', args: { count: 4 } });
  });

  it('says nothing where the policy asks for nothing', () => {
    const silent = names.map((name) => ({ ...bare(name), findings: [] }));
    expect(foldRegistries(silent)).toEqual({ verdicts: silent, findings: [] });
  });

  it('does not care for findings shared among packages of two registries', () => {
    const shared = bare('a').findings;
    const here = names.map((name) => ({ ...bare(name), findings: shared }));
    const there = { ...signedOnly('z'), findings: shared };
    const elsewhere = { ...there, evidence: { ...there.evidence, registry: 'https://other.example/' } };
    expect(codesOf(foldRegistries([...here, elsewhere]).verdicts)).toEqual(shared.map(({ code }) => code));
  });
});

describe('a registry whose keys are unknown', () => {
  const unknown = (name: string): Verdict => {
    const sample = bare(name);
    return {
      ...sample,
      evidence: {
        ...sample.evidence,
        registrySignature: unproven('uncovered', 'registry-keys-unknown', { registry: REGISTRY }),
      },
      findings: [
        finding('registry-keys-unknown', 'warn', { status: 'uncovered', about: 'registry signature' }),
        finding('attestations-absent', 'warn'),
      ],
    };
  };

  it('is told once, with the attestations that are missing as well', () => {
    const folded = foldRegistries(names.map(unknown));
    expect(codesOf(folded.verdicts)).toEqual([]);
    expect(folded.findings).toMatchObject([
      { code: 'registry-keys-unknown', args: { registry: REGISTRY, count: 4, unattested: 4 } },
    ]);
  });

  it('is told once even for a single package, whose other findings stay', () => {
    const folded = foldRegistries([unknown('a')]);
    expect(folded.findings.map(({ code }) => code)).toEqual(['registry-keys-unknown']);
    expect(codesOf(folded.verdicts)).toEqual(['attestations-absent']);
  });

  it('leaves packages without any signature named: they may have been stripped', () => {
    const folded = foldRegistries([...names.map(unknown), bare('z')]);
    expect(folded.findings).toMatchObject([{ code: 'registry-keys-unknown', args: { count: 4 } }]);
    expect(folded.findings[0]!.args).not.toHaveProperty('unattested');
    expect(folded.verdicts.at(-1)!.findings).toEqual(bare('z').findings);
  });
});

describe('a registry that could not be asked', () => {
  const lost = (name: string, reason: string, code: 'registry-unreachable' | 'registry-refused'): Verdict =>
    withCheck(name, unproven('unreachable', code, { registry: REGISTRY, reason }), 'undecided', [
      finding(code, 'error', { status: 'unreachable', args: { registry: REGISTRY, reason } }),
    ]);

  it.each(['registry-unreachable', 'registry-refused'] as const)('is one finding: %s', (code) => {
    const folded = foldRegistries(names.map((name) => lost(name, 'ECONNREFUSED', code)));
    expect(codesOf(folded.verdicts)).toEqual([]);
    expect(folded.findings).toMatchObject([
      { code, status: 'unreachable', args: { registry: REGISTRY, count: 4, reason: 'ECONNREFUSED' } },
    ]);
  });

  it('stays with the packages where the reasons differ or one package got an answer', () => {
    const mixed = [
      lost('a', 'ECONNREFUSED', 'registry-unreachable'),
      lost('b', 'ETIMEDOUT', 'registry-unreachable'),
    ];
    expect(foldRegistries(mixed)).toEqual({ verdicts: mixed, findings: [] });
    const partly = [...names.map((name) => lost(name, 'x', 'registry-unreachable')), signedOnly('z')];
    expect(foldRegistries(partly)).toEqual({ verdicts: partly, findings: [] });
  });
});
