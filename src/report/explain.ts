/**
 * Everything about one package: what it is, why it is here, each check with the facts it established, and the rules
 * that decided. The facts of a check that did not hold are not shown as facts.
 */
import type { Check } from '../core/check.ts';
import type { Code } from '../core/codes.ts';
import { printable } from '../core/text.ts';
import type { Evidence, ProvenanceFact, RegistrySignatureFact } from '../evidence/types.ts';
import type { Finding, Verdict } from '../policy/types.ts';
import type { SignerIdentity, VerifiedBundle } from '../sigstore/types.ts';
import type { Integrity, Source } from '../tree/types.ts';
import { consideredLines } from './considered.ts';
import { ruleOf } from './groups.ts';
import { heldToLines } from './held-to.ts';
import { declaration, packageName, wayTo } from './human.ts';
import { plural, usableWidth, wrap } from './layout.ts';
import { practicesLines } from './practices.ts';
import { plain, type Style } from './style.ts';
import type { Report } from './types.ts';
import { adviceFor, docsFor, sentence, showTime } from './words.ts';

export interface ExplainOptions {
  readonly style?: Style;
  readonly columns?: number | undefined;
}

const PLACES_MAX = 5;
/** What concerns every package of the run. */
const WHOLE_RUN: ReadonlySet<Code> = new Set<Code>(['trust-root-stale', 'nothing-verified']);
const LABEL = 16;
/** URLs and digests of facts are shown whole. */
const FACT_CHARS_MAX = 2048;

type Row = readonly [label: string, text: string | undefined];

interface Page {
  readonly style: Style;
  readonly width: number;
}

/** @returns text with a final line feed */
export function explainVerdict(verdict: Verdict, report: Report, options: ExplainOptions = {}): string {
  const page: Page = { style: options.style ?? plain, width: usableWidth(options.columns) };
  const { evidence } = verdict;
  const wide = report.findings.filter(
    ({ code, args }) =>
      WHOLE_RUN.has(code) || (args.registry !== undefined && args.registry === evidence.registry),
  );
  const blocks = [
    subjectLines(page, verdict, report),
    ...checksOf(evidence).map(({ name, check, facts }) => checkLines(page, name, check, facts)),
    notesLines(page, evidence),
    ...[...verdict.findings, ...wide].map((finding) => findingLines(page, finding, report)),
    heldToLines(page, report.heldTo?.get(verdict), verdict),
    consideredLines(page, report.considered?.get(verdict)),
    [outcomeLine(page, verdict)],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function subjectLines(page: Page, verdict: Verdict, report: Report): readonly string[] {
  const { subject, registry } = verdict.evidence;
  const places = subject.nodes.slice(0, PLACES_MAX).map((node) => {
    const line = node.line === undefined ? '' : `, line ${node.line} of the lockfile`;
    return `${printable(node.key)} (${node.dependency}${line})`;
  });
  const more = subject.nodes.length - places.length;
  return [
    page.style.bold(packageName(verdict)),
    ...rows(page, '  ', [
      ['purl', subject.purl],
      ['integrity', integrityText(subject.integrity)],
      ['source', sourceText(subject.source)],
      ['registry', registry],
      ['places', places.join(', ') + (more > 0 ? ` and ${plural(more, 'more place')}` : '')],
      ['needed by', wayTo(report, verdict)],
      ['declares', verdict.evidence.declared?.repository],
      ['install script', verdict.evidence.declared?.hasInstallScript === true ? 'yes' : undefined],
    ]),
  ];
}

interface NamedCheck {
  readonly name: string;
  readonly check: Check<unknown>;
  readonly facts: readonly Row[];
}

function checksOf(evidence: Evidence): readonly NamedCheck[] {
  const { integrity, resolved, registrySignature, publish, provenance, tarball } = evidence;
  return [
    { name: 'integrity', check: integrity, facts: textFact(integrity) },
    { name: 'resolved', check: resolved, facts: textFact(resolved) },
    {
      name: 'registry signature',
      check: registrySignature,
      facts: factsOf(registrySignature, signatureFacts),
    },
    { name: 'publish attestation', check: publish, facts: factsOf(publish, bundleFacts) },
    { name: 'provenance', check: provenance, facts: factsOf(provenance, provenanceFacts) },
    ...evidence.other.map(({ predicateType, check }) => ({
      name: `attestation ${printable(predicateType)}`,
      check,
      facts: factsOf(check, bundleFacts),
    })),
    ...(tarball === undefined ? [] : [{ name: 'tarball', check: tarball, facts: textFact(tarball) }]),
  ];
}

function factsOf<T>(check: Check<T>, facts: (value: T) => readonly Row[]): readonly Row[] {
  return check.status === 'verified' ? facts(check.value) : [];
}

function textFact(check: Check<string>): readonly Row[] {
  return factsOf(check, (value) => [['value', value]]);
}

function signatureFacts(fact: RegistrySignatureFact): readonly Row[] {
  const origin = { tuf: 'from the trust root', policy: 'pinned', registry: 'on its own word' };
  return [
    ['key', `${fact.keyid} (${origin[fact.keyOrigin]})`],
    [
      'published',
      fact.publishTime &&
        `${showTime(fact.publishTime.time)} (${fact.publishTime.signed ? 'signed for' : 'unsigned word of the registry'})`,
    ],
  ];
}

function bundleFacts(bundle: Omit<VerifiedBundle, 'content'>): readonly Row[] {
  return [
    ...signerRows(bundle.signer),
    ...bundle.logEntries.map((entry): Row => {
      const held = entry.inclusion === 'proof' ? 'shown to be included' : 'inclusion promised only';
      return ['log entry', `${entry.logIndex} of ${entry.baseUrl} (${entry.kind}, ${held})`];
    }),
    ...bundle.times.map(
      (time): Row => ['signed at', `${showTime(time.time)} (${time.source}, ${time.authority})`],
    ),
  ];
}

function signerRows(signer: SignerIdentity): readonly Row[] {
  if (signer.kind === 'key') return [['key', signer.hint]];
  return [['signer', signer.subjectAlternativeName]];
}

/** The claims by name, then, marked with a plus, whatever else the certificate says. */
function provenanceFacts({ bundle, claims }: ProvenanceFact): readonly Row[] {
  const certificate = bundle.signer.kind === 'certificate' ? bundle.signer.claims : {};
  const shown = new Set(Object.values(claims));
  const others = Object.entries(certificate)
    .filter(([, value]) => value !== undefined && !shown.has(value))
    .map(([name, value]): Row => [`+ ${name}`, value]);
  return [
    ['repository', claims.sourceRepository],
    ['repository id', claims.sourceRepositoryId],
    ['owner id', claims.sourceOwnerId],
    ['commit', claims.commit],
    ['ref', claims.ref],
    ['workflow', claims.workflow],
    ['trigger', claims.trigger],
    ['runner', claims.runner],
    ['builder', claims.builderId],
    ['build type', claims.buildType],
    ['run', claims.invocation],
    ['issuer', claims.issuer],
    ...bundleFacts(bundle),
    ...others,
  ];
}

function checkLines(
  page: Page,
  name: string,
  check: Check<unknown>,
  facts: readonly Row[],
): readonly string[] {
  const { style, width } = page;
  const head = `${markOf(style, check)} ${style.bold(name)}  ${style.dim(check.status)}`;
  if (check.status !== 'verified') return [head, ...wrap(sentence(check.code, check.args), width, '    ')];
  return [head, ...rows(page, '    ', facts)];
}

function markOf(style: Style, { status }: Check<unknown>): string {
  switch (status) {
    case 'verified':
      return style.good('✔');
    case 'invalid':
      return style.bad('✖');
    case 'absent':
      return style.warn('–');
    case 'unreachable':
      return style.open('?');
    case 'uncovered':
      return style.warn('○');
  }
}

function notesLines({ style, width }: Page, { notes }: Evidence): readonly string[] {
  if (notes.length === 0) return [];
  return [
    style.bold('also noticed'),
    ...notes.slice(0, 32).flatMap((note) => wrap(sentence(note.code, note.args), width, '  · ')),
  ];
}

function findingLines({ style, width }: Page, finding: Finding, report: Report): readonly string[] {
  const colour = { error: style.bad, warn: style.warn, info: style.dim }[finding.severity];
  return [
    `${colour(finding.severity)} ${style.bold(finding.code)}${finding.about ? style.dim(`  ${printable(finding.about)}`) : ''}`,
    ...wrap(sentence(finding.code, finding.args), width, '  '),
    ...declaration(finding).map((line) => `    ${line}`),
    ...decisionLines(finding, width),
    ...practicesLines(report, finding.code, width),
    ...wrap(`${adviceFor(finding.code)} (${docsFor(finding.code)})`, width, '  → '),
  ];
}

function decisionLines(finding: Finding, width: number): readonly string[] {
  const rule = ruleOf(finding);
  if (rule !== '') return wrap(rule, width, '  decided by ');
  if (finding.status !== 'invalid') return [];
  return wrap('no rule: what is there and wrong is an error under every policy', width, '  decided by ');
}

function outcomeLine({ style }: Page, { outcome }: Verdict): string {
  switch (outcome) {
    case 'passed':
      return style.good('✔ passed');
    case 'passed-with-exemption':
      return style.warn('✔ passed, by an exemption');
    case 'failed':
      return style.bad('✖ failed');
    case 'undecided':
      return style.open('? undecided: something that must be known could not be asked');
  }
}

function rows({ style, width }: Page, indent: string, facts: readonly Row[]): readonly string[] {
  return facts.flatMap(([label, text]) => {
    if (text === undefined || text === '') return [];
    const head = `${indent}${label.padEnd(LABEL - 1)} `;
    const [first, ...rest] = wrap(printable(text, FACT_CHARS_MAX), width, head);
    return [style.dim(first!.slice(0, head.length)) + first!.slice(head.length), ...rest];
  });
}

function integrityText(integrity: Integrity): string {
  switch (integrity.kind) {
    case 'sha512':
      return integrity.sri;
    case 'weak':
      return `${integrity.sri} (weak: ${integrity.algorithm})`;
    case 'none':
      return 'none pinned';
  }
}

function sourceText(source: Source): string {
  switch (source.kind) {
    case 'registry':
      return source.resolved === undefined ? 'registry' : `registry, ${source.resolved}`;
    case 'git':
      return `git, ${source.url}${source.commit === undefined ? ', at no fixed commit' : `, commit ${source.commit}`}`;
    case 'remote':
      return `remote, ${source.url}`;
    case 'bundled':
      return `bundled within ${source.within}`;
    default:
      return `${source.kind}, ${source.path}`;
  }
}
