import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { helpText } from '../src/cli/help.ts';
import { toolVersion } from '../src/core/version.ts';
import { gitlabJob } from '../src/hooks/install/ci.ts';
import { WATCHED } from '../src/hooks/install/git-hook.ts';

const read = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8');

test('the template for GitLab is the job that hook install prints', () => {
  expect(load(read('docs/ci/verify-deps.gitlab-ci.yml'))).toEqual(load(gitlabJob('')));
});

describe('.pre-commit-hooks.yaml', () => {
  const hooks = load(read('.pre-commit-hooks.yaml')) as readonly Readonly<Record<string, unknown>>[];

  test('has what pre-commit requires of a hook', () => {
    for (const hook of hooks) {
      for (const key of ['id', 'name', 'entry', 'language']) expect(hook[key]).toMatch(/^\S/);
      expect(hook.pass_filenames).toBe(false);
      expect(hook.entry).toContain('verify-deps check --no-report');
    }
  });

  test.each([
    ['package-lock.json', true],
    ['packages/a/npm-shrinkwrap.json', true],
    ['pnpm-lock.yaml', true],
    ['verify-deps.yaml', true],
    ['verify-deps.yml', true],
    ['verify-deps.json', true],
    ['verify-deps.lock.json', true],
    ['.verify-depsrc', true],
    ['.verify-depsrc.json', true],
    ['a/.verify-depsrc.yaml', true],
    ['my-package-lock.json', false],
    ['package-lock.json.bak', false],
    ['package.json', false],
    ['verify-deps.test.yaml', false],
  ])('%s: %s', (file, watched) => {
    expect(new RegExp(String(hooks[0]!.files)).test(file)).toBe(watched);
  });

  test('watches what the hook of git watches', () => {
    expect(hooks[0]!.files).toBe(WATCHED);
  });
});

describe('docs/ci.md', () => {
  const text = read('docs/ci.md');
  const blocks = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((match) => match[1]!);

  test('every example is YAML, and none puts an expression into a script', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(4);
    for (const block of blocks) {
      expect(() => load(block), block).not.toThrow();
      for (const line of block.split('\n')) if (/\brun:/.test(line)) expect(line).not.toContain('${{');
    }
  });

  test('a workflow has the least rights it needs', () => {
    const workflows = blocks
      .map((block) => load(block) as Record<string, unknown>)
      .filter((it) => 'jobs' in it && 'name' in it);
    expect(workflows.length).toBeGreaterThanOrEqual(2);
    for (const { permissions } of workflows) expect(permissions).toEqual({ contents: 'read' });
  });

  test('names this version, flags that there are, and every input of the action', () => {
    for (const [, version] of text.matchAll(/verify-deps@(\d+\.\d+\.\d+)/g))
      expect(version).toBe(toolVersion());
    for (const [, flag] of text.matchAll(/`(--[a-z-]+)/g)) {
      const known = ['check', 'hook'].some((topic) => helpText(topic as 'check').includes(`${flag}`));
      expect(known || ['--no-verify', '--ignore-scripts'].includes(flag!), flag).toBe(true);
    }
    const action = load(read('action.yml')) as { inputs: Record<string, unknown> };
    for (const input of Object.keys(action.inputs)) expect(text).toContain(`| \`${input}\` |`);
  });
});
