/** Files of the repository under test: lockfiles, policy, npm configuration, the report of an earlier run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { file, json, sigstore } from '../corpus.mjs';
import { product } from '../product.mjs';

const HEX = 'ab'.repeat(32);

export const files = {
  async policy() {
    const { parsePolicy } = await product('policy/parse');
    const { validatePolicy } = await product('policy/validate');
    const { toLayer } = await product('policy/convert');
    return {
      format: 'yaml',
      samples: ['observe', 'recommended', 'strict']
        .map((name) => file(`policies/${name}.yaml`))
        .concat(Buffer.from(POLICY)),
      read(bytes) {
        const parsed = parsePolicy(bytes, 'policy.yaml');
        toLayer(validatePolicy(parsed), parsed, 'policy.yaml', bytes);
      },
    };
  },
  'npm-lock': () =>
    lockfile('npm', 'package-lock.json', 'json', [
      file('fixtures/trees/npm/shapes/package-lock.json'),
      file('fixtures/trees/npm/alone/package-lock.json'),
      file('fixtures/trees/npm/override/package-lock.json'),
      file('fixtures/trees/npm/version-2/package-lock.json'),
      file('fixtures/trees/npm/version-1/npm-shrinkwrap.json'),
    ]),
  'pnpm-lock': () =>
    lockfile('pnpm', 'pnpm-lock.yaml', 'yaml', [
      file('fixtures/trees/pnpm/shapes/pnpm-lock.yaml'),
      file('fixtures/trees/pnpm/runtime/pnpm-lock.yaml'),
      file('fixtures/trees/pnpm/two-documents/pnpm-lock.yaml'),
      file('fixtures/trees/pnpm/version-6/pnpm-lock.yaml'),
    ]),
  async npmrc() {
    const { loadNpmrc } = await product('registry/npmrc');
    const folder = temporary();
    return {
      format: 'text',
      samples: [Buffer.from(NPMRC)],
      read(bytes) {
        writeFileSync(path.join(folder, '.npmrc'), bytes);
        return loadNpmrc({
          cwd: folder,
          env: { HOME: folder, NPM_CONFIG_USERCONFIG: path.join(folder, 'none') },
        });
      },
    };
  },
  async report() {
    const { readLock } = await product('report/lock-read');
    return {
      format: 'json',
      samples: [json(REPORT)],
      read: (bytes) => readLock(bytes, 'verify-deps.lock.json'),
    };
  },
};

/** Through a file, as in a run, in a folder that holds nothing else. */
async function lockfile(kind, name, format, samples) {
  const { loadTree } = await product('tree/load');
  const at = path.join(temporary(), name);
  return {
    format,
    samples,
    read(bytes) {
      writeFileSync(at, bytes);
      return loadTree({ path: at, kind }, { omit: new Set(), workspaces: [] });
    },
  };
}

let root;

/** A folder that holds nothing but a small project; gone with the process. */
function temporary() {
  if (root === undefined) {
    root = mkdtempSync(path.join(tmpdir(), 'verify-deps-fuzz-'));
    process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  }
  const folder = mkdtempSync(path.join(root, 'project-'));
  writeFileSync(
    path.join(folder, 'package.json'),
    '{"name":"fuzz","version":"1.0.0","dependencies":{"a":"^1.0.0"}}',
  );
  return folder;
}

const POLICY = `version: 1
extends: [strict]
mode: enforce
require: { provenance: warn, registrySignature: error }
sources:
  git: { direct: warn, transitive: error }
  file: off
rules:
  - name: ours
    match:
      name: ["@acme/*", log-*]
      version: ^2 || >=3.0.0-beta.1 <4
      dependency: [prod, optional]
      direct: true
      installScript: false
    require:
      provenance: error
    identity:
      repository: https://github.com/acme/log
      ref: refs/tags/*
      runner: github-hosted
  - match: left-*
    require: { integrity: error }
registries:
  - url: https://registry.example/
    keys:
      - keyid: ${sigstore.keys[0].keyid}
        key: ${sigstore.keys[0].der}
        usage: signatures
        validFrom: 2025-01-31
        validUntil: "2027-01-31T00:00:00Z"
exemptions:
  - package: left-pad@1.3.0
    codes: [provenance-absent]
    reason: &why "older than provenance"
    owner: security@acme.example
    expires: "2027-01-31"
`;

const NPMRC = `registry=https://registry.example/npm/
@acme:registry=https://user:secret@acme.example:8443/
//registry.example/npm/:_authToken=\${TOKEN}
//acme.example:8443/:_auth=dXNlcjpzZWNyZXQ=
strict-ssl=true
proxy=http://127.0.0.1:3128
noproxy=localhost,127.0.0.1
maxsockets=20
fetch-retries=2
fetch-timeout=30000
ca[]="-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----"
cafile=/nonexistent/ca.pem
scope=@acme
; a comment
userconfig=/nonexistent/npmrc
`;

const FINDING = {
  code: 'provenance-absent',
  severity: 'warn',
  args: { count: 1, names: ['a', 'b'], on: true, text: 'x' },
};
const REPORT = {
  version: 1,
  lockfile: { kind: 'npm', version: '3', name: 'package-lock.json', digest: HEX },
  policy: HEX,
  trustRoot: HEX,
  counts: {
    packages: 1,
    nodes: 1,
    passed: 1,
    exempted: 0,
    failed: 0,
    undecided: 0,
    registrySigned: 1,
    withProvenance: 1,
    sources: { registry: 1 },
  },
  outcome: 'passed',
  findings: [FINDING],
  packages: {
    '@acme/log@2.1.0': {
      integrity: `sha512-${Buffer.alloc(64).toString('base64')}`,
      source: 'registry',
      outcome: 'passed',
      registrySignature: 'SHA256:abc',
      publish: { logIndex: '12' },
      provenance: {
        builder: 'b',
        commit: 'c',
        issuer: 'i',
        ref: 'r',
        repository: 'p',
        signer: 's',
        workflow: 'w',
        logIndex: '1',
        runner: 'x',
        trigger: 'push',
      },
      findings: [FINDING],
    },
  },
  baseline: {
    '@acme/log@2': { provenance: { signer: 's', sourceRepository: 'r', workflow: 'w' } },
    'a@1': { accepted: { reason: 'why' } },
    'b@2-prerelease': {
      provenance: {
        builder: 'b',
        issuer: 'i',
        ownerId: '2',
        ref: 'refs/heads/main',
        refKind: 'branch',
        repositoryId: '1',
        runner: 'r',
        sourceRepository: 'r',
        trigger: 't',
      },
    },
  },
};
