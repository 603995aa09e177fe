/**
 * SARIF 2.1.0, for code scanning: one result for each error, warning and exempted finding, at the line of its package in
 * the lockfile.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
 */
import { pathToFileURL } from 'node:url';
import { type Code, codes } from '../core/codes.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { escapeUnseen, type JsonOut } from './json-text.ts';
import { decimal } from './layout.ts';
import { compareText } from './order.ts';
import { lockfileName, type Remark, remarksOf } from './remarks.ts';
import type { Report } from './types.ts';
import { adviceFor, docsFor, sentence } from './words.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
/** GitHub refuses a run with more. */
const RESULTS_MAX = 25_000;
/** Of one result, besides the first. */
const PLACES_MAX = 50;

export interface SarifOptions {
  /** Folder from which paths are counted: that of the repository. */
  readonly root: string;
  /** With which the process is going to end. */
  readonly exitCode: number;
}

/** @returns JSON with a final line feed; the same report gives the same bytes */
export function sarifReport(report: Report, { root, exitCode }: SarifOptions): string {
  const file = lockfileName(report, root);
  const all = remarksOf(report, file);
  const remarks = all.slice(0, RESULTS_MAX);
  const ids = [...new Set(remarks.map(({ finding }) => finding.code))].sort(compareText);
  const indexes = new Map(ids.map((id, index) => [id, index]));
  const artifact = locationOf(file);
  const document: JsonOut = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: report.tool.name, version: report.tool.version, rules: ids.map(ruleOut) },
        },
        // Several lockfiles of one repository are several analyses: without this, one would replace the other.
        automationDetails: { id: `verify-deps/${file.startsWith('/') ? '' : file}/` },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: report.outcome !== 'undecided',
            exitCode,
            toolExecutionNotifications: notifications(report, all.length - remarks.length),
          },
        ],
        artifacts: [
          {
            location: artifact,
            hashes: { 'sha-256': report.tree.lockfile.digest },
            roles: ['analysisTarget'],
          },
        ],
        results: remarks.map((remark) => resultOut(remark, indexes.get(remark.finding.code)!, artifact)),
      },
    ],
  };
  return `${escapeUnseen(JSON.stringify(document, undefined, 2))}\n`;
}

function ruleOut(code: Code): JsonOut {
  const advice = adviceFor(code);
  const more = `More: ${docsFor(code)} in the package verify-deps.`;
  return {
    id: code,
    shortDescription: { text: message(codes[code]) },
    fullDescription: { text: message(`${sentence(code)}.`) },
    help: {
      text: message(`What to do: ${advice}. ${more}`),
      markdown: `**What to do:** ${advice}.\n\nMore: [${docsFor(code)}](${docsFor(code)}) in the package verify-deps.`,
    },
    defaultConfiguration: { level: 'warning' },
    properties: { tags: ['security', 'supply-chain'] },
  };
}

const LEVELS = { error: 'error', warn: 'warning', info: 'note' } as const;

function resultOut(remark: Remark, ruleIndex: number, artifact: JsonOut): JsonOut {
  const { finding, verdict, places, text, way, rule, accepted, fingerprint, ordinal } = remark;
  const [first, ...others] = places;
  const at = (line: number): JsonOut => ({ artifactLocation: artifact, region: { startLine: line } });
  const subject = verdict?.evidence.subject;
  const sentences = [
    text,
    way === undefined ? '' : `needed by ${way}`,
    rule === '' ? '' : `decided by ${rule}`,
    `what to do: ${adviceFor(finding.code)} (${docsFor(finding.code)})`,
  ];
  return {
    ruleId: finding.code,
    ruleIndex,
    level: LEVELS[finding.severity],
    message: { text: message(sentences.filter((part) => part !== '').join('; ')) },
    locations: [
      {
        physicalLocation: at(first.line),
        logicalLocations: subject && [
          {
            name: printable(subject.name),
            fullyQualifiedName: printable(subject.purl, limits.urlCharsMax),
            kind: 'module',
          },
        ],
      },
    ],
    relatedLocations:
      others.length === 0
        ? undefined
        : others
            .slice(0, PLACES_MAX)
            .map(({ line }, index) => ({ id: index + 1, physicalLocation: at(line) })),
    partialFingerprints: {
      // The name under which GitHub looks for it.
      primaryLocationLineHash: `${fingerprint}:${ordinal}`,
      'verifyDeps/v1': `${fingerprint}:${ordinal}`,
    },
    // Section 3.27.23: if one result says whether it is suppressed, all do.
    suppressions:
      accepted === undefined
        ? []
        : [
            {
              kind: 'external',
              status: 'accepted',
              justification: accepted,
            },
          ],
    properties: {
      status: finding.status,
      about: finding.about,
      rule: rule === '' ? undefined : rule,
      purl: subject && printable(subject.purl, limits.urlCharsMax),
    },
  };
}

function notifications({ outcome }: Report, left: number): JsonOut {
  const said: JsonOut[] = [];
  if (outcome === 'undecided') {
    said.push({ level: 'error', message: { text: 'something that must be known could not be asked' } });
  }
  if (left > 0) {
    const text = `${decimal(left)} more results are left out: run verify-deps check --json for all of them`;
    said.push({ level: 'warning', message: { text } });
  }
  return said;
}

/** A reference relative to the root, or a file URL of what lies outside of it. */
function locationOf(file: string): { readonly [key: string]: JsonOut } {
  if (/^(?:\/|[A-Za-z]:\/)/.test(file)) return { uri: pathToFileURL(file).href };
  const uri = file.split('/').map(encodeURIComponent).join('/');
  return { uri, uriBaseId: '%SRCROOT%' };
}

/** Sections 3.11.5 and 3.11.6: braces stand for arguments and brackets for links, unless they are written so. */
function message(text: string): string {
  return text.replace(/[{}]/g, '$&$&').replace(/[[\]\\]/g, '\\$&');
}
