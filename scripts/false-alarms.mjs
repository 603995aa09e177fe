// Judges the trees of well-known projects by the preset `recommended` and prints every error: on trees that nobody attacked,
// each one is a false alarm. Lockfiles and manifests come from the registry that npm is configured with, and go with the
// temporary folder; who built each package is made up to fit what its manifest declares (scripts/ordinary-evidence.mjs).
//
//   node scripts/false-alarms.mjs [--only next,nuxt] [--manifests 150]
//
// --manifests is how many packages of each tree the registry is asked about. The exit code is 1 if there is any error.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import semver from 'semver';
import { subjectsOf } from '../build/evidence/subjects.js';
import { nextBaseline } from '../build/policy/baseline.js';
import { judge } from '../build/policy/evaluate.js';
import { loadPolicy } from '../build/policy/load.js';
import { createRegistryClient } from '../build/registry/client.js';
import { loadNpmrc } from '../build/registry/npmrc.js';
import { findLockfile } from '../build/tree/find.js';
import { loadTree } from '../build/tree/load.js';
import { lookAlikes, nextPatch, nextPrerelease } from './ordinary-changes.mjs';
import { certified, numberOf, ordinaryEvidence } from './ordinary-evidence.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

const TREES = {
  next: ['next', 'react', 'react-dom'],
  nuxt: ['nuxt', 'vue', 'vue-router'],
  angular: ['@angular/cli', '@angular/build', '@angular/core', '@angular/compiler-cli'],
  lint: [
    'eslint',
    'typescript-eslint',
    'prettier',
    'eslint-plugin-import',
    'eslint-plugin-react',
    'stylelint',
  ],
  storybook: ['storybook', '@storybook/react-vite', 'react', 'react-dom', 'vite'],
  aws: ['aws-cdk', 'aws-cdk-lib', 'constructs', '@aws-sdk/client-s3', '@aws-sdk/client-dynamodb'],
  test: ['vitest', '@vitest/coverage-v8', '@playwright/test', 'jsdom', 'msw', 'jest'],
  webpack: [
    'webpack',
    'webpack-cli',
    'webpack-dev-server',
    '@babel/core',
    '@babel/preset-env',
    'babel-loader',
    'css-loader',
    'sass',
    'postcss-loader',
  ],
};
const NOW = Date.UTC(2026, 10, 22);
const { values: options } = parseArgs({
  options: { only: { type: 'string' }, manifests: { type: 'string', default: '150' } },
});
const wanted = options.only?.split(',') ?? Object.keys(TREES);
const rows = [];
const errors = [];
const unread = new Set();
const spellings = new Map();

const { dir, clean } = temporaryFolder('verify-deps-false-alarms-');
const npm = await loadNpmrc({ cwd: dir, env: process.env, registry: undefined });
const client = createRegistryClient({ npm, store: undefined });
try {
  const policy = await loadPolicy({ from: dir, preset: 'recommended' });
  for (const name of wanted) await judgeTree(name, policy);
  console.table(rows);
  console.log('Spellings of the repositories that packages declare:', Object.fromEntries(spellings));
  console.log(`\nDeclared, and not to be read as a repository: ${unread.size}`);
  for (const text of unread) console.log(`  ${text}`);
  console.log(`\nErrors: ${errors.length}`);
  for (const text of errors) console.log(`  ${text}`);
  if (errors.length > 0) process.exitCode = 1;
} finally {
  await client.close();
  clean();
}

async function judgeTree(name, policy) {
  const evidence = await evidenceOf(await lockfileOf(name));
  const first = judgeAll(name, 'first run', evidence, policy, new Map());
  const baseline = nextBaseline(new Map(), first);
  judgeAll(name, 'the same again', evidence, policy, baseline);
  judgeAll(name, 'next patch', nextPatch(evidence), policy, baseline);
  judgeAll(name, 'prerelease', nextPrerelease(evidence), policy, baseline);
  const { before, after } = await lookAlikes(evidence, client);
  const earlier = nextBaseline(new Map(), judgeAll(name, 'before changes', before, policy, new Map()));
  const changed = judgeAll(name, 'after changes', after, policy, earlier);
  judgeAll(name, 'changes again', after, policy, nextBaseline(earlier, changed));
}

async function lockfileOf(name) {
  const folder = path.join(dir, name);
  fs.mkdirSync(folder);
  const dependencies = Object.fromEntries(TREES[name].map((dependency) => [dependency, 'latest']));
  const manifest = { name: `false-alarms-${name}`, version: '1.0.0', private: true, dependencies };
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  const flags = ['--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--force'];
  // --force: versions of peers that just came out need not fit one another. Lockfiles say where each tarball is, unless npm
  // is configured to leave it out.
  await promisify(execFile)('npm', ['install', ...flags, '--omit-lockfile-registry-resolved=false'], {
    cwd: folder,
  });
  return folder;
}

async function evidenceOf(folder) {
  const tree = await loadTree(await findLockfile(folder, undefined), { omit: new Set(), workspaces: [] });
  const subjects = subjectsOf(tree);
  const fromRegistry = subjects.filter(({ source }) => source.kind === 'registry');
  const step = Math.max(1, fromRegistry.length / Number(options.manifests));
  const asked = new Set(fromRegistry.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step)));
  return Promise.all(
    subjects.map(async (subject) => {
      const manifest = asked.has(subject) ? await manifestOf(subject) : undefined;
      return ordinaryEvidence(subject, manifest, client, isProven(subject, manifest, fromRegistry));
    }),
  );
}

async function manifestOf(subject) {
  const answer = await client.manifest(subject);
  if (answer.status !== 'found') throw new Error(`${subject.purl}: ${answer.code}`);
  const { repository } = answer.value;
  const form = formOf(repository);
  spellings.set(form, (spellings.get(form) ?? 0) + 1);
  return answer.value;
}

/** Four of five that are on GitHub; older majors of the same package are not. */
function isProven({ name, version }, manifest, all) {
  if (certified(manifest?.repository) === undefined || numberOf(`${name} proven`) % 5 === 0) return false;
  return !all.some((other) => other.name === name && semver.major(other.version) > semver.major(version));
}

function formOf(repository) {
  if (repository === undefined) return 'none';
  const found = certified(repository);
  if (found === undefined) return repository.includes('github') ? repository : 'another host';
  const [owner, name] = found.split('/').slice(-2);
  return repository.replace(`${owner}/${name}`, 'O/R').replace(/(?<=O\/R(?:\.git)?[/#]).+/, '…');
}

function judgeAll(tree, run, evidence, policy, baseline) {
  const verdicts = evidence.map((item) => judge(item, policy, baseline, NOW));
  const row = { tree, run, packages: verdicts.length, provenance: 0, errors: 0 };
  const told = new Map();
  for (const { outcome, evidence: item, findings } of verdicts) {
    const { purl } = item.subject;
    if (item.provenance.status === 'verified') row.provenance++;
    const wrong = findings.filter(({ severity }) => severity === 'error');
    row.errors += wrong.length;
    for (const { code, args } of wrong)
      errors.push(`${tree}, ${run}: ${purl} ${code} ${JSON.stringify(args)}`);
    if (wrong.length === 0 && outcome !== 'passed') errors.push(`${tree}, ${run}: ${purl} ${outcome}`);
    for (const { code, severity, args } of findings) {
      if (severity === 'error') continue;
      const key = `${severity} ${code}`;
      told.set(key, (told.get(key) ?? 0) + 1);
      if (code === 'repository-undeclared' && args.declared) unread.add(`${purl} ${args.declared}`);
    }
  }
  rows.push({
    ...row,
    told: [...told]
      .sort()
      .map(([key, count]) => `${key} ${count}`)
      .join(', '),
  });
  return verdicts;
}
