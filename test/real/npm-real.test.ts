import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/policy/types.ts';
import { hasData, missing, type RealPackage, readBytes, realPackages, tuples } from './data.ts';
import { type Served, verifyServed } from './registry.ts';

const PUBLISH = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';

function served(item: RealPackage): Served {
  return {
    name: item.name,
    version: item.version,
    integrity: item.dist.integrity,
    signatures: item.dist.signatures ?? [],
    publishTime: item.publishTime,
    attestations: item.attestations,
  };
}

function verdictOf(verdicts: readonly Verdict[], name: string, version: string): Verdict {
  const found = verdicts.find(
    ({ evidence: { subject } }) => subject.name === name && subject.version === version,
  );
  if (!found) throw new Error(`no verdict for ${name}@${version}`);
  return found;
}

describe.skipIf(!hasData)(`real packages${missing}`, () => {
  test('every attestation of every package gets the verdict its makers published', async () => {
    const items = realPackages();
    expect(items.length).toBeGreaterThanOrEqual(16);
    const { report } = await verifyServed(items.map(served));
    expect(report.verdicts).toHaveLength(items.length);
    for (const item of items) {
      const { evidence } = verdictOf(report.verdicts, item.name, item.version);
      const label = `${item.name}@${item.version}`;
      for (const { predicateType, verdict, san } of item.listed) {
        expect(verdict, label).toBe('pass');
        const check = predicateType === PUBLISH ? evidence.publish : evidence.provenance;
        expect(check, `${label} ${predicateType}`).toMatchObject({ status: 'verified' });
        if (san && evidence.provenance.status === 'verified') {
          expect(evidence.provenance.value.claims.signer, label).toBe(san);
        }
      }
      // What the data does not have must not appear as verified either.
      const kinds = new Set(item.listed.map(({ predicateType }) => predicateType === PUBLISH));
      if (!kinds.has(true))
        expect(evidence.publish, label).toMatchObject({ status: 'absent', code: 'publish-absent' });
      const signed = (item.dist.signatures ?? []).length > 0;
      expect(evidence.registrySignature.status, label).toBe(signed ? 'verified' : 'absent');
      expect(evidence.integrity.status, label).toBe('verified');
    }
  });

  test('the same packages with another digest in the lockfile are refused by every proof', async () => {
    const items = realPackages();
    const swapped = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
    const { report } = await verifyServed(items.map((item) => ({ ...served(item), integrity: swapped })));
    for (const { outcome, evidence } of report.verdicts) {
      expect(outcome).toBe('failed');
      expect(evidence.registrySignature.status).not.toBe('verified');
      expect(evidence.publish.status).not.toBe('verified');
      expect(evidence.provenance).toMatchObject({ status: 'invalid', code: 'subject-digest-mismatch' });
    }
  });

  test('attestations of one version do not pass for another of the same package', async () => {
    const items = realPackages().filter(({ name }) => name === 'sigstore');
    const others = items.map((item, i) => ({
      ...served(item),
      attestations: served(items[(i + 1) % items.length]!).attestations!,
    }));
    const { report } = await verifyServed(others);
    for (const { evidence } of report.verdicts) {
      expect(evidence.provenance).toMatchObject({ status: 'invalid', code: 'subject-name-mismatch' });
    }
  });
});

describe.skipIf(!hasData)(`tampered twins${missing}`, () => {
  const twin = (): RealPackage => realPackages().find(({ folder }) => folder === 'sigstore@0.4.0')!;

  // Which slot fails, and by which rule.
  const pacote: readonly (readonly [string, 'publish' | 'provenance', string])[] = [
    ['invalid-attestations.json', 'publish', 'malformed'],
    ['malformed-subject-attestations.json', 'publish', 'tlog-entry-mismatch'],
    ['mismatched-keyid-attestations.json', 'provenance', 'key-hint-mismatch'],
    ['no-keyid-attestations.json', 'provenance', 'malformed'],
    ['unsupported-attestations.json', 'publish', 'tlog-entry-mismatch'],
  ];
  test.each(pacote)('%s: %s is refused with %s', async (file, slot, code) => {
    const { report } = await verifyServed([
      { ...served(twin()), attestations: readBytes('npm-tampered', 'pacote', file) },
    ]);
    const [verdict] = report.verdicts as [Verdict];
    expect(verdict.outcome).toBe('failed');
    expect(verdict.evidence[slot]).toMatchObject({ status: 'invalid', code });
    expect(verdict.findings.some((finding) => finding.code === code && finding.severity === 'error')).toBe(
      true,
    );
  });

  const unpublished: readonly (readonly [string, string, string])[] = [
    ['valid-bundle.json', 'invalid', 'tlog-absent'],
    ['bad-dsse-payload-bundle.json', 'invalid', 'tlog-absent'],
    ['digest-mismatch-provenance-bundle.json', 'invalid', 'tlog-absent'],
    // Not JSON at all, so the registry has given no answer.
    ['bad-bundle.json', 'unreachable', 'registry-response-invalid'],
  ];
  test.each(unpublished)('a bundle before it was logged: %s is %s with %s', async (file, status, code) => {
    const bundle = readBytes('npm-tampered', 'libnpmpublish', file).toString('utf8');
    const body = `{"attestations":[{"predicateType":"https://slsa.dev/provenance/v0.2","bundle":${bundle}}]}`;
    const { report } = await verifyServed([{ ...served(twin()), attestations: Buffer.from(body) }]);
    expect(report.verdicts[0]!.evidence.provenance).toMatchObject({ status, code });
    expect(report.outcome).not.toBe('passed');
  });
});

describe.skipIf(!hasData)(`registry signatures${missing}`, () => {
  test.each(['new-key.jsonl', 'old-key.jsonl'])('%s: every one holds', async (file) => {
    const all = distinct(tuples(file));
    expect(all.length).toBeGreaterThan(250);
    const { report } = await verifyServed(all);
    const bad = report.verdicts.filter(({ evidence }) => evidence.registrySignature.status !== 'verified');
    const timeless = new Set(
      all
        .filter(({ publishTime }) => publishTime === undefined)
        .map(({ name, version }) => `${name}@${version}`),
    );
    // An expired key and no publish time: nothing can be said, and nothing is.
    const open = bad.filter(
      ({ evidence: { subject } }) => !timeless.has(`${subject.name}@${subject.version}`),
    );
    expect(open.map(({ evidence }) => [evidence.subject.purl, evidence.registrySignature])).toEqual([]);
    expect(
      bad.every(
        ({ evidence }) =>
          'code' in evidence.registrySignature &&
          evidence.registrySignature.code === 'signature-time-unknown',
      ),
    ).toBe(true);
    expect(report.verdicts.length - bad.length).toBeGreaterThan(250);
  });

  test('bad.json: not one passes', async () => {
    const all = distinct(tuples('bad.json'));
    const { report } = await verifyServed(all);
    for (const { evidence, outcome } of report.verdicts) {
      expect(outcome, evidence.subject.purl).toBe('failed');
      expect(evidence.registrySignature.status, evidence.subject.purl).not.toBe('verified');
    }
  });
});

/** One tuple a version: the same version occurs in several sources. */
function distinct(all: ReturnType<typeof tuples>): ReturnType<typeof tuples> {
  return [...new Map(all.map((item) => [`${item.name}@${item.version}`, item])).values()];
}
