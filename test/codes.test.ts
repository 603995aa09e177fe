import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Code, codes } from '../src/core/codes.ts';
import { artifactWords } from '../src/report/words/artifact.ts';
import { bundleWords } from '../src/report/words/bundle.ts';
import { formWords } from '../src/report/words/form.ts';
import { installedWords } from '../src/report/words/installed.ts';
import { judgementWords } from '../src/report/words/judgement.ts';
import { registryWords } from '../src/report/words/registry.ts';
import { statementWords } from '../src/report/words/statement.ts';
import { adviceFor, sentence, wordingOf } from '../src/report/words.ts';

const all = Object.keys(codes).sort();
const sections = readFileSync(new URL('../docs/findings.md', import.meta.url), 'utf8')
  .split(/^(?=#{1,2} )/m)
  .filter((part) => part.startsWith('## '));

/** Facts a template may name, with a value that cannot be mistaken for text of ours. */
const everyArg = Object.fromEntries(
  (
    'what why max unit expected actual package registry status reason keyid expires starts published url algorithm ' +
    'claim certificate predicate listed signed signer san issuer hint logId logIndex field time notBefore notAfter ' +
    'declared built host kind repository previous current rule count age owner within authority oid where unattested ' +
    'by scope denied path'
  )
    .split(' ')
    .map((name) => [name, `<${name}>`]),
);

describe('codes, words and documentation', () => {
  it('are kebab-case with one line of description each', () => {
    for (const [code, description] of Object.entries(codes)) {
      expect(code).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      expect(description, code).toMatch(/^[a-z][^\n]*[^.\s]$/);
    }
  });

  it('give each code one wording and no code without one', () => {
    const tables = [
      formWords,
      registryWords,
      statementWords,
      bundleWords,
      artifactWords,
      judgementWords,
      installedWords,
    ];
    expect(tables.flatMap((table) => Object.keys(table)).sort()).toEqual(all);
  });

  it('give each code one section and no section without a code', () => {
    expect(sections.map((part) => part.slice(3, part.indexOf('\n'))).sort()).toEqual(all);
  });

  it('say in each section what to do, in two to seven lines', () => {
    for (const part of sections) {
      const lines = part.trim().split('\n');
      expect(part, lines[0]).toContain('**What to do:** ');
      expect(lines.length, lines[0]).toBeGreaterThan(2);
      expect(lines.length, lines[0]).toBeLessThan(9);
    }
  });

  it.each(all)('%s makes a sentence with any facts', (name) => {
    const code = name as Code;
    const alone = Object.entries(everyArg).map(([key, value]) => ({ [key]: value }));
    for (const args of [
      {},
      ...alone,
      { expected: '<one>', actual: '<two>' },
      { strange: '<fact>' },
      everyArg,
    ]) {
      const text = sentence(code, args);
      expect(text).toMatch(/^[a-z]/);
      expect(text).not.toMatch(/undefined|null|[[\]{}]|\.$| {2}|,,|, *:|\s$|\(\)| ,/);
      // So that no fact is lost, whatever a producer calls it; of many a sentence shows a bounded number.
      for (const [key, value] of Object.entries(args === everyArg ? {} : args)) {
        if (key !== 'package') expect(text).toContain(value);
      }
    }
    expect(sentence(code, { expected: 'one', actual: 'two' })).toMatch(/one.*two|two.*one/);
    expect(adviceFor(code)).toMatch(/^[a-z][^\n]*[^.\s]$/);
    // A placeholder outside a segment would leave a hole.
    expect(wordingOf(code)!.say.replace(/\[[^\]]*\]/g, '')).not.toMatch(/[{}[\]]/);
  });

  it('speak of tampering in no sentence: only a status can tell', () => {
    for (const code of all as Code[]) {
      expect(`${codes[code]} ${sentence(code, everyArg)} ${adviceFor(code)}`).not.toMatch(/tamper/i);
    }
  });
});
