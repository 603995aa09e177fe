/** `verify-deps bundle` as a process, as any other client of the conformance suite. */
import path from 'node:path';
import { expect } from 'vitest';
import { command } from '../cli/command.ts';
import { dataFolder } from '../real/data.ts';

export interface Result {
  readonly exitCode: number;
  /** Code of the first failure of the first bundle; `verified`, or `refused` where nothing was verified at all. */
  readonly code: string;
  readonly signer: string | undefined;
}

export const inData = (...parts: readonly string[]): string => path.join(dataFolder, ...parts);

/** Runs it, and holds what goes for every run: an exit code of its own, no bug, no stack. */
export async function verifyBundle(args: readonly string[], cwd: string): Promise<Result> {
  const { code, signal, stdout, stderr } = await command(['bundle', ...args, '--json'], { cwd });
  expect({ signal, stderr: stderr.split('\n').filter((line) => /^\s+at /.test(line)) }).toEqual({
    signal: null,
    stderr: [],
  });
  expect([0, 1, 2, 3]).toContain(code);
  if (code === 2) {
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^verify-deps: [^\n]+\n {2}[^\n]+\n$/);
    return { exitCode: code, code: 'refused', signer: undefined };
  }
  expect(stderr).toBe('');
  const document = JSON.parse(stdout) as {
    outcome: string;
    bundles: readonly {
      failures: readonly { code: string }[];
      facts?: { signer: { subjectAlternativeName?: string } };
    }[];
  };
  expect(document.outcome).toBe({ 0: 'verified', 1: 'failed', 3: 'undecided' }[code as 0 | 1 | 3]);
  const [first] = document.bundles;
  return {
    exitCode: code!,
    code: first?.failures[0]?.code ?? 'verified',
    signer: first?.facts?.signer.subjectAlternativeName,
  };
}
