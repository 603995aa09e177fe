// Times the judgement alone: packages with evidence of every kind against a policy with many rules, as in
// `verify-deps check` once everything is verified.
//
//   node scripts/bench-policy.mjs [--packages 5000] [--rules 500] [--runs 9] [--verification SECONDS]
//
// Times are of the CPU, so that a busy machine does not count. --verification is the CPU time that verifying as many packages
// took (scripts/bench.mjs); the share of it is printed and must stay
// below 2 %, else the exit code is 1.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import v8 from 'node:v8';
import vm from 'node:vm';
import { judge } from '../dist/policy/evaluate.js';
import { loadPolicy } from '../dist/policy/load.js';
import { temporaryFolder } from './temporary-folder.mjs';

const SHARE_MAX = 0.02;
const NOW = Date.UTC(2026, 10, 22);
const SRI = `sha512-${'A'.repeat(86)}==`;
const { values: options } = parseArgs({
  options: {
    packages: { type: 'string', default: '5000' },
    rules: { type: 'string', default: '500' },
    runs: { type: 'string', default: '9' },
    verification: { type: 'string' },
  },
});
const [packages, rules, runs] = [options.packages, options.rules, options.runs].map(Number);

const { dir, clean } = temporaryFolder('verify-deps-bench-policy-');
try {
  fs.writeFileSync(path.join(dir, 'verify-deps.json'), JSON.stringify(policyFile()));
  const policy = await loadPolicy({ from: dir });
  const evidence = Array.from({ length: packages }, (_, i) => evidenceOf(i));
  const baseline = new Map(evidence.filter((_, i) => i % 4 === 0).map(recordOf));
  // Garbage of making the evidence is none of the judgement's.
  v8.setFlagsFromString('--expose-gc');
  vm.runInNewContext('gc')();
  const times = Array.from({ length: runs }, () => {
    const begun = process.cpuUsage();
    for (const item of evidence) judge(item, policy, baseline, NOW);
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  });
  // The first run is what a process pays that judges once; the median is what the code costs.
  const [cold] = times;
  const median = times.toSorted((a, b) => a - b)[times.length >> 1];
  const counted = `${packages} packages, ${policy.rules.length} rules`;
  console.log(`${counted}: ${cold.toFixed(0)} ms of CPU the first time, median ${median.toFixed(0)} ms`);
  if (options.verification !== undefined) {
    const share = cold / (Number(options.verification) * 1000);
    console.log(`${(share * 100).toFixed(2)} % of ${options.verification} s of verification`);
    if (!(share < SHARE_MAX)) process.exitCode = 1;
  }
} finally {
  clean();
}

/** Rules as a large organisation has them: most about one name, some about a scope, few about everything. */
function policyFile() {
  const list = Array.from({ length: rules }, (_, i) => {
    const name = `rule ${i}`;
    if (i < 5) {
      const match = { name: '*', version: `^${i + 1}`, dependency: i % 2 ? 'dev' : 'prod' };
      return { name, match, require: { inclusionProof: 'warn' } };
    }
    if (i % 5 === 0) {
      return { name, match: `@scope-${i}/*`, identity: { owner: `https://github.com/scope-${i}` } };
    }
    if (i % 5 === 1) return { name, match: `prefix-${i}-*`, require: { baseline: 'warn' } };
    const identity = { repository: `https://github.com/acme/package-${i}`, ref: 'refs/tags/v*' };
    return {
      name,
      match: { name: `package-${i}`, version: '>=1' },
      require: { provenance: 'error' },
      identity,
    };
  });
  return { version: 1, extends: 'strict', rules: list };
}

function evidenceOf(i) {
  const name = nameOf(i);
  const version = `${1 + (i % 7)}.${i % 10}.0`;
  const integrity = { kind: 'sha512', sri: SRI };
  const source = { kind: 'registry', resolved: undefined };
  const nodes = Array.from({ length: 1 + (i % 3) }, (_, place) => ({
    key: `node_modules/${place}/${name}`,
    name,
    version,
    alias: undefined,
    integrity,
    source,
    dependency: place === 1 ? 'dev' : 'prod',
    depth: 1 + place,
    parents: [],
    hasInstallScript: i % 50 === 0,
    patch: undefined,
    line: undefined,
  }));
  const none = { status: 'absent', code: 'attestations-absent', args: {} };
  const attested = i % 4 === 0;
  return {
    subject: { purl: `pkg:npm/${name}@${version}`, name, version, integrity, source, nodes },
    registry: 'https://registry.example/',
    integrity: { status: 'verified', value: SRI },
    resolved: { status: 'verified', value: '' },
    registrySignature: {
      status: 'verified',
      value: { keyid: 'k', keyOrigin: 'tuf', publishTime: undefined },
    },
    publish: attested ? { status: 'verified', value: bundle(i) } : none,
    provenance: attested
      ? { status: 'verified', value: { bundle: bundle(i), claims: claims(i, version) } }
      : none,
    other: [],
    tarball: undefined,
    declared: { repository: `git+https://github.com/acme/package-${i}.git`, hasInstallScript: false },
    notes: [],
  };
}

function nameOf(i) {
  if (i % 10 === 0) return `@scope-${i % 500}/package-${i}`;
  return i % 10 === 1 ? `prefix-${i % 500}-${i}` : `package-${i}`;
}

function bundle(i) {
  const entry = { logId: 'aa', baseUrl: 'https://log.example', logIndex: `${i}`, kind: 'dsse' };
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    signer: { kind: 'key', hint: 'k', sha256: 'aa' },
    logEntries: [{ ...entry, integratedTime: NOW, inclusion: 'proof', witnesses: [] }],
    times: [],
    uncoveredTimestamps: [],
    content: { kind: 'message', digestAlgorithm: 'sha512', digest: new Uint8Array(64) },
  };
}

function claims(i, version) {
  const repository = `https://github.com/acme/package-${i}`;
  const ref = `refs/tags/v${version}`;
  return {
    predicateType: 'https://slsa.dev/provenance/v1',
    buildType: 'https://builds.example/v1',
    builderId: 'https://github.com/actions/runner/github-hosted',
    ci: 'github',
    issuer: 'https://token.actions.githubusercontent.com',
    sourceRepository: repository,
    sourceRepositoryId: `${i}`,
    sourceOwnerId: '2',
    ref,
    commit: 'c'.repeat(40),
    workflow: '.github/workflows/release.yml',
    signer: `${repository}/.github/workflows/release.yml@${ref}`,
    trigger: 'push',
    runner: 'github-hosted',
    invocation: undefined,
  };
}

function recordOf({ subject, provenance }) {
  const { sourceRepository, workflow, signer } = provenance.value.claims;
  return [
    `${subject.name}@${subject.version.split('.')[0]}`,
    { provenance: { sourceRepository, workflow, signer } },
  ];
}
