import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { unkeptText } from '../../src/cli/unkept-text.ts';
import type { ProjectFiles } from './project.ts';
import { standWith } from './stand.ts';

const stand = standWith('left', 'middle');

async function call({ folder, flags }: ProjectFiles, more: readonly string[]): Promise<[number, string]> {
  const sink = (): { stream: NodeJS.WriteStream; text: () => string } => {
    let text = '';
    const write = (chunk: Buffer, _: string, done: () => void): void => {
      text += chunk.toString();
      done();
    };
    return { stream: new Writable({ write }) as NodeJS.WriteStream, text: () => text };
  };
  const [out, err] = [sink(), sink()];
  const streams = { stdin: process.stdin, stdout: out.stream, stderr: err.stream };
  const code = await main(['check', '-C', folder, ...flags, ...more], streams);
  return [code, err.text()];
}

test('a run whose evidence cannot be kept passes all the same, and says so once', async () => {
  const project = await stand.project();
  const evidence = path.join(project.folder, '.cache', 'evidence-v2');
  await mkdir(path.dirname(evidence), { recursive: true });
  await writeFile(evidence, '');
  // With --fix a command runs twice.
  for (const more of [[], ['--fix']]) {
    const [code, said] = await call(project, more);
    expect({ code, said }).toEqual({ code: 0, said: unkeptText(evidence, 'ENOTDIR') });
  }
  await rm(evidence);
  expect(await call(project, [])).toEqual([0, '']);
  expect(await readdir(evidence)).toHaveLength(1);
});

test.each([
  ['EOWNER', /another user/],
  ['ENOSPC', /no room is left \(ENOSPC\)/],
  ['EROFS', /read-only/],
  ['EACCES', /no right/],
  ['E\u001b[31m', /: E[^\u001b]*\n$/],
])('%s is told in one line', (code, words) => {
  const text = unkeptText('/cache/evidence-v2', code);
  expect(text).toMatch(words);
  expect(text.indexOf('\n')).toBe(text.length - 1);
});
