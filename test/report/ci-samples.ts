/** Reports for the forms that CI systems read, with names and texts that try to leave their place. */
import type { Report } from '../../src/report/types.ts';
import type { PackageNode } from '../../src/tree/types.ts';
import { packageNode } from '../support/nodes.ts';
import { evidenceOf, finding, sample, sri, verdict } from './samples.ts';

/** Folder of the samples' repository. */
export const ROOT = '/somewhere';
export const FILE = 'project/package-lock.json';

export const HOSTILE: readonly string[] = [
  'line\n::error file=a,line=1::forged',
  'return\r::stop-commands::x',
  '`code` **bold** [link](https://evil.example) <b>html</b>',
  '</details></table><script>alert(1)</script>',
  '\u001b[2K\u001b[1Aall is well',
  '::set-output name=safe::yes',
  '##[add-mask]x',
  'a|b||c',
  'percent %0A::warning::x',
  'right\u202eleft',
  '{0} {{1}} [a](1) \\',
  '&lt;b&gt; &#60;i&#62; @everyone #1 www.evil.example',
];

export function lined(name: string, line: number | undefined, more: Partial<PackageNode> = {}): PackageNode {
  return packageNode({
    name,
    version: '1.0.0',
    source: { kind: 'registry', resolved: undefined },
    integrity: { kind: 'sha512', sri: sri(name) },
    key: `node_modules/${name}`,
    ...more,
    line,
  });
}

const EXEMPTION = { rule: 'exemption of old@1.0.0', at: { file: 'verify-deps.yaml', line: 9, column: 5 } };

/** An invalid proof, a missing one, a warning, a finding of the run, and one that an exemption accepted. */
export function mixed(): Report {
  const twice = lined('twice', 40);
  const other = lined('twice', 7, { key: 'node_modules/a/node_modules/twice' });
  const evidence = evidenceOf(twice);
  return sample(
    [
      verdict(evidenceOf(lined('lacking', 22)), 'failed', [finding('provenance-absent', 'error')]),
      verdict({ ...evidence, subject: { ...evidence.subject, nodes: [twice, other] } }, 'failed', [
        finding('integrity-mismatch', 'error', {
          status: 'invalid',
          about: 'integrity',
          args: { expected: 'x', actual: 'y' },
        }),
        finding('signature-invalid', 'error', { status: 'invalid', about: 'registry signature' }),
      ]),
      verdict(evidenceOf(lined('old', 60)), 'passed-with-exemption', [
        finding('provenance-absent', 'info', { decidedBy: EXEMPTION }),
        finding('exemption-used', 'info', {
          status: undefined,
          about: 'exemption',
          args: { package: 'old@1.0.0', reason: 'ends with v2', owner: 'web-team', expires: '2027-01-31' },
          decidedBy: EXEMPTION,
        }),
      ]),
      verdict(evidenceOf(lined('bundled', undefined)), 'passed', [finding('attestations-absent', 'warn')]),
    ],
    {
      findings: [
        finding('trust-root-stale', 'warn', { about: 'trust root', status: undefined, decidedBy: undefined }),
      ],
    },
  );
}

/** Every hostile text as the name of a package and as a value of its findings. */
export function hostile(): Report {
  return sample(
    HOSTILE.map((text, index) =>
      verdict(evidenceOf(lined(text, index + 1)), 'failed', [
        finding('repository-mismatch', 'error', {
          status: 'invalid',
          args: { expected: text, actual: `${text}${text}` },
          decidedBy: { rule: text, at: { file: text, line: 1, column: 1 } },
        }),
        finding('provenance-absent', 'warn', { args: { reason: text } }),
      ]),
    ),
  );
}

/** So many packages that fail and so many that are warned about. */
export function many(errors: number, warnings: number): Report {
  const one = (severity: 'error' | 'warn') => (_: unknown, index: number) =>
    verdict(
      evidenceOf(lined(`${severity}-${String(index).padStart(5, '0')}`, index + 1)),
      severity === 'error' ? 'failed' : 'passed',
      [finding('provenance-absent', severity)],
    );
  return sample([
    ...Array.from({ length: errors }, one('error')),
    ...Array.from({ length: warnings }, one('warn')),
  ]);
}
