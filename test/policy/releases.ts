/** Releases of packages as a run would find them, for the stories of scenarios. */

import type { Args } from '../../src/core/check.ts';
import { type Unproven, unproven, verified } from '../../src/core/check.ts';
import type { Code } from '../../src/core/codes.ts';
import type { Evidence, Provenance } from '../../src/evidence/types.ts';
import { nextBaseline } from '../../src/policy/baseline.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Baseline, Policy } from '../../src/policy/types.ts';
import type { PackageNode } from '../../src/tree/types.ts';
import { bundle, evidence, foreign, NOW, node, provenance, SRI, subject } from './support.ts';

type Place = Partial<PackageNode>;

interface Release {
  readonly claims?: Partial<Provenance>;
  readonly place?: Place;
  readonly over?: Partial<Evidence>;
}

/** `name@version` apart. */
function parts(spec: string): readonly [name: string, version: string] {
  const at = spec.lastIndexOf('@');
  return [spec.slice(0, at), spec.slice(at + 1)];
}

/** Signed by its registry, without attestations. */
export function published(spec: string, { place = {}, over = {} }: Omit<Release, 'claims'> = {}): Evidence {
  const [name, version] = parts(spec);
  const integrity = { kind: 'sha512', sri: SRI } as const;
  const nodes = [node({ name, version, integrity, ...place })];
  return evidence({
    subject: subject({ name, version }, nodes),
    declared: {
      repository: `git+${repositoryOf(name)}.git`,
      hasInstallScript: place.hasInstallScript ?? false,
    },
    ...over,
  });
}

/** With the provenance of its own repository, built of the tag of this version. */
export function built(spec: string, { claims = {}, place = {}, over = {} }: Release = {}): Evidence {
  const [name, version] = parts(spec);
  const sourceRepository = claims.sourceRepository ?? repositoryOf(name);
  const ref = claims.ref ?? `refs/tags/v${version}`;
  const workflow = claims.workflow ?? '.github/workflows/release.yml';
  const signer = `${sourceRepository}/${workflow}@${ref}`;
  return published(spec, {
    place,
    over: {
      publish: verified(bundle()),
      provenance: provenance({ sourceRepository, ref, workflow, signer, ...claims }),
      ...over,
    },
  });
}

/** By a GitLab project. */
export function builtOnGitLab(spec: string, over: Partial<Evidence> = {}): Evidence {
  const [name, version] = parts(spec);
  const sourceRepository = `https://gitlab.com/acme/${bare(name)}`;
  const claims: Partial<Provenance> = {
    ci: 'gitlab',
    issuer: 'https://gitlab.com',
    sourceRepository,
    sourceRepositoryId: '70',
    sourceOwnerId: '80',
    builderId: `${sourceRepository}/-/runners/1`,
    workflow: '.gitlab-ci.yml',
    signer: `${sourceRepository}//.gitlab-ci.yml@refs/tags/v${version}`,
    runner: 'gitlab-hosted',
  };
  const declared = { repository: `git+${sourceRepository}.git`, hasInstallScript: false };
  return built(spec, { claims, over: { declared, ...over } });
}

/** A git commit that another package brings along. */
export function gitBelow(name: string, parent: string): Evidence {
  const source = {
    kind: 'git',
    url: `git+https://github.com/someone/${bare(name)}.git`,
    commit: 'd'.repeat(40),
  } as const;
  const integrity = { kind: 'none' } as const;
  const below = node({ name, source, integrity, depth: 2, parents: [`node_modules/${parent}`] });
  return foreign(source, [below], { name, integrity });
}

export function wrong(code: Code, args: Args = {}): Unproven {
  return unproven('invalid', code, args);
}

/** What the report records after a run over these releases. */
export function recordOf(releases: readonly Evidence[], policy: Policy): Baseline {
  return nextBaseline(
    new Map(),
    releases.map((item) => judge(item, policy, new Map(), NOW)),
  );
}

function repositoryOf(name: string): string {
  return `https://github.com/acme/${bare(name)}`;
}

function bare(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
