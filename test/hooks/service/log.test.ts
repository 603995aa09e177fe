import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createLog, type LogSink } from '../../../src/hooks/service/log.ts';
import { openLogFile } from '../../../src/hooks/service/log-file.ts';
import { scratch } from './support.ts';

const { dir } = scratch();
const clock = () => Date.UTC(2026, 10, 22, 12);

function collecting(): LogSink & { text: string; fail: boolean } {
  const sink = {
    text: '',
    fail: false,
    async write(text: string) {
      if (sink.fail) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
      sink.text += text;
    },
    reopen: async () => undefined,
    close: async () => undefined,
  };
  return sink;
}

const parsed = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('one JSON object a line, the time first', async () => {
  const sink = collecting();
  const log = createLog({ sink, clock, onTrouble: () => undefined });
  log.write('decision', { package: '@acme/tool', bytes: 12, at: null, left: undefined });
  await log.close();
  expect(sink.text).toBe(
    '{"time":"2026-11-22T12:00:00.000Z","event":"decision","package":"@acme/tool","bytes":12,"at":null}\n',
  );
});

test.each([
  'x\n{"event":"decision","verdict":"passed"}',
  'x\u001b[2K\u001b[1A',
  'left\u202epad',
  'a\u2028b\u2029c',
  '\ud800',
  '"\\',
  '\u0000',
  'https://user:secret@host/x',
  'a'.repeat(100_000),
])('a hostile name stays in its line and in its field: %#', async (name) => {
  const sink = collecting();
  const log = createLog({ sink, clock, onTrouble: () => undefined });
  log.write('decision', { package: name, verdict: 'failed', files: [name] });
  await log.close();
  expect(sink.text.split('\n')).toHaveLength(2);
  expect(sink.text.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\ud800]/);
  expect(sink.text).not.toContain('secret');
  expect(sink.text.length).toBeLessThan(2_000);
  expect(parsed(sink.text)).toMatchObject([{ event: 'decision', verdict: 'failed' }]);
});

test('what is not taken is counted, said once, and told in the log when it goes on', async () => {
  const sink = collecting();
  const troubles: string[] = [];
  const log = createLog({ sink, clock, onTrouble: (message) => troubles.push(message) });
  sink.fail = true;
  log.write('decision', { package: 'a' });
  await log.reopen();
  log.write('decision', { package: 'b' });
  await log.reopen();
  expect(log.lost).toBe(2);
  expect(troubles).toEqual([expect.stringContaining('ENOSPC')]);
  sink.fail = false;
  log.write('decision', { package: 'c' });
  await log.close();
  expect(parsed(sink.text)).toMatchObject([{ event: 'log-lost', lines: 2 }, { package: 'c' }]);
});

test('lines that wait are bounded', async () => {
  const sink = collecting();
  let go: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  const slow: LogSink = {
    ...sink,
    async write(text) {
      await held;
      await sink.write(text);
    },
  };
  const log = createLog({ sink: slow, clock, onTrouble: () => undefined, queueLinesMax: 10 });
  log.write('first', {});
  await new Promise((resolve) => setImmediate(resolve));
  for (let index = 0; index < 25; index++) log.write('decision', { index });
  expect(log.lost).toBe(15);
  go();
  await log.close();
  expect(parsed(sink.text)).toHaveLength(12);
});

test('a file is appended to, readable by its owner only, and opened anew', async () => {
  const file = path.join(dir, 'decisions.log');
  const sink = await openLogFile(file);
  const log = createLog({ sink, clock, onTrouble: () => undefined });
  log.write('one', {});
  await log.reopen();
  await rename(file, `${file}.1`);
  log.write('two', {});
  await log.reopen();
  log.write('three', {});
  await log.close();
  const events = async (at: string) => parsed(await readFile(at, 'utf8')).map(({ event }) => event);
  expect(await events(`${file}.1`)).toEqual(['one', 'two']);
  expect(await events(file)).toEqual(['three']);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('one that cannot be opened anew goes on with the old one', async () => {
  const folder = path.join(dir, 'moved');
  await mkdir(folder);
  const file = path.join(folder, 'decisions.log');
  const log = createLog({ sink: await openLogFile(file), clock, onTrouble: () => undefined });
  await rename(folder, `${folder}-away`);
  await expect(log.reopen()).rejects.toMatchObject({ code: 'service-settings' });
  log.write('still', {});
  await log.close();
  expect(parsed(await readFile(path.join(`${folder}-away`, 'decisions.log'), 'utf8'))).toMatchObject([
    { event: 'still' },
  ]);
});
