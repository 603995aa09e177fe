/**
 * Scoped names pinned to their registry. Without it, a name of ours that another registry serves as well is a question of
 * configuration: a machine without the right npmrc takes the stranger's package (dependency confusion).
 */
import { normalRegistry } from '../core/registry-url.ts';
import type { Evidence } from '../evidence/types.ts';
import type { RegistryTrust } from '../trust/types.ts';
import type { RegistryFile } from './file-types.ts';
import type { Findings } from './findings.ts';
import type { ParsedPolicy } from './parse.ts';
import { isAllowed } from './places.ts';
import { quoted, refusal } from './refuse.ts';
import { entries } from './short-forms.ts';
import type { Policy, Position, ScopePin } from './types.ts';

/**
 * @param urls  of the same registries, in the spelling in which they are compared
 * @throws {VerifyDepsError} `policy-malformed`
 */
export function toScopes(
  registries: readonly RegistryFile[],
  urls: readonly string[],
  parsed: ParsedPolicy,
): ScopePin[] {
  return registries.flatMap(({ scopes }, index) =>
    entries(scopes, ['registries', index, 'scopes']).map(([scope, path]) => {
      const at = parsed.at(path);
      if (!/^@[A-Za-z0-9~._-]{1,213}$/.test(scope)) {
        throw refusal('policy-malformed', at, `${quoted(scope)} is not a scope`, 'write @acme');
      }
      return { scope, registry: urls[index]!, at };
    }),
  );
}

interface Home {
  /** Base URLs from which packages of the scope may come. */
  readonly registries: ReadonlySet<string>;
  /** Protocol and host of each. */
  readonly origins: ReadonlySet<string>;
  /** Named in the policy, for people. */
  readonly named: readonly string[];
  readonly at: Position;
}

/**
 * A package of a pinned scope that another registry answers for, or that the lockfile takes from elsewhere: a tarball on
 * another host, or a URL in place of any registry, unless the policy allows that very place.
 */
export function judgeScope({ subject, registry }: Evidence, policy: Policy, findings: Findings): void {
  const { name, source } = subject;
  const slash = name.indexOf('/');
  if (policy.scopes.length === 0 || !name.startsWith('@') || slash < 0) return;
  const scope = name.slice(0, slash);
  const home = homesOf(policy).get(scope);
  if (home === undefined) return;
  const asked = registry === undefined ? undefined : (normalRegistry(registry) ?? registry);
  const resolved = source.kind === 'registry' ? source.resolved : undefined;
  const isUrl = (source.kind === 'git' || source.kind === 'remote') && !isAllowed(source, policy);
  const by = { level: 'error', rule: 'registries', at: home.at } as const;
  for (const [what, actual, isHome] of [
    ['registry', asked, home.registries.has(asked ?? '')],
    // Registries keep tarballs under paths of their own; that they are the right bytes is for the digest to say.
    ['tarball', resolved, home.origins.has(originOf(resolved ?? '') ?? '')],
    ['source', isUrl ? source.url : undefined, false],
  ] as const) {
    if (actual === undefined || isHome) continue;
    const args = { scope, what, expected: home.named, actual };
    findings.judged('registry', { code: 'scope-elsewhere', args }, by);
  }
}

const homesByPolicy = new WeakMap<Policy, ReadonlyMap<string, Home>>();

function homesOf(policy: Policy): ReadonlyMap<string, Home> {
  const known = homesByPolicy.get(policy);
  if (known !== undefined) return known;
  const pins = new Map<string, ScopePin[]>();
  for (const pin of policy.scopes) {
    const same = pins.get(pin.scope);
    if (same === undefined) pins.set(pin.scope, [pin]);
    else same.push(pin);
  }
  const homes = new Map<string, Home>();
  for (const [scope, same] of pins) {
    const named = [...new Set(same.map(({ registry }) => registry))];
    const registries = withMirrors(named, policy.registries);
    const origins = new Set([...registries].map((url) => new URL(url).origin));
    homes.set(scope, { registries, origins, named, at: same[0]!.at });
  }
  homesByPolicy.set(policy, homes);
  return homes;
}

/** A mirror's packages are judged by the keys of its origin, so that they may come through it. */
function withMirrors(urls: readonly string[], registries: readonly RegistryTrust[]): ReadonlySet<string> {
  const all = new Set(urls);
  for (let size = -1; size !== all.size; ) {
    size = all.size;
    for (const { url, mirrorOf } of registries) if (mirrorOf !== undefined && all.has(mirrorOf)) all.add(url);
  }
  return all;
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
