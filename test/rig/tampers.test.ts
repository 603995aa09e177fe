import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Code, ErrorCode } from '../../src/core/codes.ts';
import { VerifyDepsError } from '../../src/core/errors.ts';
import type { Finding } from '../../src/policy/types.ts';
import { type RunOptions, run } from '../../src/run.ts';
import { runOptions, type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import { applyTamper, TAMPERS } from '../support/rig/tamper.mjs';

/** What a run comes to: the outcome with the codes of the errors about the victim and the run, or the error that ended it. */
type Told =
  | { readonly outcome: 'passed' | 'failed' | 'undecided'; readonly codes: readonly Code[] }
  | { readonly error: ErrorCode };

const passed: Told = { outcome: 'passed', codes: [] };
const failed = (...codes: readonly Code[]): Told => ({ outcome: 'failed', codes: codes.toSorted() });
const undecided = (...codes: readonly Code[]): Told => ({ outcome: 'undecided', codes });

type Preset = 'recommended' | 'strict';

interface Expected {
  readonly recommended: Told;
  /** Where it is not the same under `strict`. */
  readonly strict?: Told;
  /** A sound run comes first, and its report is the baseline. */
  readonly baseline?: true;
  /** It touches every package, and is told of the registry as a whole. */
  readonly everyone?: true;
  /** It hits the other package as well, whose parts it uses. */
  readonly other?: true;
}

/** By id; `disk-*` change what an installation left behind, which is the business of the install gate. */
const EXPECTED: Readonly<Record<string, Expected>> = {
  'control-none': { recommended: passed },

  'sig-bit-flip': { recommended: failed('signature-invalid') },
  'sig-of-other-version': { recommended: failed('signature-invalid') },
  'sig-removed': { recommended: failed('signature-absent') },
  'sig-empty': { recommended: failed('signature-absent') },
  'sig-unknown-keyid': { recommended: failed('signature-key-unknown') },
  'sig-forged-keyid': { recommended: failed('signature-invalid') },
  // One good signature by a trusted key suffices; that is how a registry changes its key.
  'sig-extra-unknown-key': { recommended: passed },
  'sig-extra-invalid': { recommended: failed('signature-invalid') },
  'sig-expired-key': { recommended: failed('signature-key-expired') },
  'sig-expired-key-backdated': { recommended: failed('signature-key-expired') },
  'sig-expired-key-no-time': { recommended: failed('signature-key-expired') },
  'sig-key-not-yet-valid': { recommended: failed('signature-key-not-yet-valid') },
  'sig-wrong-key-usage': { recommended: failed('signature-key-usage') },
  'sig-integrity-changed': { recommended: failed('integrity-mismatch') },
  'sig-integrity-removed': { recommended: failed('integrity-withheld') },
  'sig-no-integrity-at-all': { recommended: failed('integrity-withheld') },
  'sig-manifest-of-other-version': { recommended: failed('manifest-mismatch') },
  'sig-manifest-of-other-package': { recommended: failed('manifest-mismatch') },
  'sig-manifest-of-other-package-unattested': { recommended: failed('manifest-mismatch') },

  'att-removed': {
    recommended: failed('provenance-lost'),
    strict: failed('provenance-absent', 'provenance-lost'),
    baseline: true,
  },
  'att-404': { recommended: failed('attestations-withheld') },
  'att-empty-list': { recommended: failed('attestations-withheld') },
  'att-publish-only': { recommended: failed('provenance-withheld') },
  'att-provenance-only': { recommended: failed('publish-absent') },
  'att-swapped-package': { recommended: failed('subject-name-mismatch') },
  'att-wrong-digest': { recommended: failed('subject-digest-mismatch') },
  'att-wrong-version': { recommended: failed('subject-name-mismatch') },
  'att-no-digest': { recommended: failed('subject-digest-mismatch') },
  // npm's own tools make statements about one package; with more, one proof would vouch for what nobody looks at.
  'att-subject-second': { recommended: failed('subject-extra') },
  'att-no-subject': { recommended: failed('subject-absent') },
  // What the log recorded is compared before any signature is verified.
  'att-payload-edited': { recommended: failed('tlog-entry-mismatch') },
  'att-sig-flip': { recommended: failed('tlog-entry-mismatch') },
  'att-publish-sig-flip': { recommended: failed('tlog-entry-mismatch') },
  'att-two-signatures': { recommended: failed('envelope-signature-count') },
  'att-payload-type': { recommended: failed('payload-type-mismatch') },
  'att-statement-type': { recommended: failed('statement-type-unknown') },
  'att-predicate-type-lie': { recommended: failed('predicate-type-mismatch') },
  'att-unknown-predicate': { recommended: passed },
  'att-foreign-repo': { recommended: failed('repository-mismatch') },
  'att-cert-vs-predicate': { recommended: failed('claim-mismatch') },
  'att-email-signer': { recommended: failed('provenance-signer-mismatch') },
  'att-publish-by-anyone': { recommended: failed('publish-signer-mismatch') },
  'att-only-foreign-keyless': { recommended: failed('provenance-withheld', 'publish-absent') },
  'att-publish-predicate-lie': { recommended: failed('publish-claim-mismatch') },
  'att-key-expired': { recommended: failed('key-expired') },
  'att-key-not-yet-valid': { recommended: failed('key-not-yet-valid') },
  'att-key-unknown': { recommended: failed('key-unknown') },
  'att-hint-differs': { recommended: failed('key-hint-mismatch') },

  'cert-expired': { recommended: failed('certificate-time') },
  'cert-not-yet': { recommended: failed('certificate-time') },
  'cert-untrusted-ca': { recommended: failed('certificate-signature-invalid') },
  'cert-no-sct': { recommended: failed('sct-absent') },
  'cert-bad-sct': { recommended: failed('sct-invalid') },
  'cert-other-leaf': { recommended: failed('tlog-entry-mismatch') },
  'cert-bit-flip': { recommended: failed('tlog-entry-mismatch') },

  'rekor-proof-hash': { recommended: failed('tlog-proof-invalid') },
  'rekor-proof-short': { recommended: failed('tlog-proof-invalid') },
  'rekor-proof-index': { recommended: failed('tlog-proof-invalid') },
  'rekor-proof-fields': { recommended: failed('tlog-proof-invalid') },
  'rekor-checkpoint-sig': { recommended: failed('tlog-checkpoint-invalid') },
  'rekor-checkpoint-forged': { recommended: failed('tlog-checkpoint-invalid') },
  'rekor-checkpoint-other': { recommended: failed('tlog-proof-invalid') },
  'rekor-set-flip': { recommended: failed('tlog-promise-invalid') },
  'rekor-time-changed': { recommended: failed('tlog-promise-invalid') },
  'rekor-index-changed': { recommended: failed('tlog-promise-invalid') },
  'rekor-other-entry': { recommended: failed('tlog-entry-mismatch') },
  'rekor-none': { recommended: failed('tlog-absent') },
  'rekor-unknown-log': { recommended: failed('tlog-log-unknown') },
  // Without the log's promise nothing says when it was signed.
  'rekor-proof-only': { recommended: failed('time-absent') },
  'rekor-promise-only': { recommended: failed('tlog-proof-absent') },
  // As old bundles are made: a promise suffices unless the policy demands the proof.
  'rekor-promise-only-as-v01': { recommended: passed, strict: failed('tlog-proof-missing') },
  'rekor-body-other-cert': { recommended: failed('tlog-entry-mismatch') },
  'fault-checkpoint-regex': { recommended: failed('malformed') },

  'tuf-timestamp-expired': { recommended: { error: 'trust-root-invalid' } },
  'tuf-unreachable': { recommended: { error: 'trust-root-unreachable' } },
  'tuf-keys-swapped': { recommended: { error: 'trust-root-invalid' } },
  'tuf-trusted-root-swapped': { recommended: { error: 'trust-root-invalid' } },
  'tuf-targets-sig': { recommended: { error: 'trust-root-invalid' } },
  'tuf-one-signature': { recommended: { error: 'trust-root-invalid' } },
  'tuf-no-keys-target': { recommended: failed('registry-keys-unknown'), everyone: true },
  'tuf-no-keys-evil-registry': {
    recommended: failed('integrity-mismatch', 'registry-keys-unknown'),
    strict: failed('integrity-mismatch', 'provenance-absent', 'registry-keys-unknown'),
    everyone: true,
  },

  'fault-503-once': { recommended: passed },
  'fault-version-unpublished': { recommended: failed('version-absent') },
  'fault-packument-404': { recommended: failed('version-absent') },
  'fault-att-reset': { recommended: undecided('registry-unreachable') },
  'fault-att-truncated': { recommended: undecided('registry-unreachable') },
  'fault-att-not-json': { recommended: undecided('registry-response-invalid') },

  'lock-resolved-elsewhere': {
    recommended: failed(
      'integrity-mismatch',
      'resolved-mismatch',
      'signature-invalid',
      'subject-digest-mismatch',
    ),
  },
  'lock-no-integrity': { recommended: failed('integrity-missing', 'resolved-mismatch') },
  'lock-tarball-dependency': { recommended: passed, strict: failed('source-unverifiable') },
  'lock-bundled-dependency': { recommended: passed, strict: failed('provenance-absent'), other: true },
};

const CASES = TAMPERS.filter(({ where }) => where !== 'disk');
/** Packages that a preset does not accept even untouched: `strict` wants proofs that old bundles never had. */
const refused: Record<Preset, readonly string[]> = { recommended: [], strict: [] };
/** Whom a tamper hits, where that is not the victim it is applied to. */
const HIT: Readonly<Record<string, string>> = { 'lock-tarball-dependency': 'from-url@1.0.0' };

let served: Served;
beforeAll(async () => {
  served = await serveRig({ packages: 12, attested: 1, seed: 5 });
  for (const preset of ['recommended', 'strict'] as const) {
    const project = await projectUnder(preset);
    refused[preset] = (await tell(runOptions(served, project), '')).others;
    await project.remove();
  }
  expect(refused.recommended).toEqual([]);
});
afterAll(() => served.server.close());

async function projectUnder(preset: Preset): Promise<TempProject> {
  const project = await tempProject(served);
  await project.write('verify-deps.yaml', `version: 1\nextends: ${preset}\n`);
  return project;
}

async function tell(options: RunOptions, victim: string): Promise<{ told: Told; others: readonly string[] }> {
  try {
    const { report } = await run(options);
    const others: string[] = [];
    const codes = new Set<Code>();
    const add = (findings: readonly Finding[]): void => {
      for (const { code, severity } of findings) if (severity === 'error') codes.add(code);
    };
    add(report.findings);
    for (const { evidence, findings, outcome } of report.verdicts) {
      const id = `${evidence.subject.name}@${evidence.subject.version}`;
      if (id === victim) add(findings);
      else if (outcome !== 'passed') others.push(id);
    }
    return { told: { outcome: report.outcome, codes: [...codes].sort() }, others: others.sort() };
  } catch (error) {
    if (!(error instanceof VerifyDepsError)) throw error;
    return { told: { error: error.code }, others: [] };
  }
}

async function attack(id: string, preset: Preset, expected: Expected): Promise<void> {
  const project = await projectUnder(preset);
  const edited = structuredClone(served.rig.project);
  try {
    if (expected.baseline) await run(runOptions(served, project));
    const applied = applyTamper(id, { ...served, project: edited });
    try {
      for (const [file, value] of Object.entries(edited)) await project.write(file, value);
      const cacheDir = path.join(project.dir, 'empty-cache');
      const hit = HIT[id] ?? applied.victim;
      const { told, others } = await tell(runOptions(served, project, { cacheDir, report: 'none' }), hit);
      expect(refused[preset]).not.toContain(hit);
      expect(told).toEqual((preset === 'strict' && expected.strict) || expected.recommended);
      const also = expected.other && preset === 'strict' ? [applied.other] : [];
      if (!expected.everyone) expect(others).toEqual([...refused[preset], ...also].sort());
    } finally {
      applied.undo();
    }
  } finally {
    await project.remove();
  }
}

describe('tampers of the rig', () => {
  it('every one is expected', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(CASES.map(({ id }) => id).sort());
  });

  for (const { id, about, sound } of CASES) {
    it(`${id}: ${about}`, async () => {
      const expected = EXPECTED[id]!;
      await attack(id, 'recommended', expected);
      if (sound === 'policy') await attack(id, 'strict', expected);
    });
  }
});

describe('the expectations keep what a sound verifier owes', () => {
  const stops = (told: Told): boolean => 'error' in told || told.outcome !== 'passed';
  for (const { id, sound } of CASES) {
    it(`${id}: ${sound}`, () => {
      const { recommended, strict = recommended } = EXPECTED[id]!;
      if (sound === 'accept') expect(stops(recommended)).toBe(false);
      if (sound === 'reject') expect(stops(recommended)).toBe(true);
      if (sound === 'policy') expect(stops(strict)).toBe(true);
    });
  }
});
