import { TufRefusal } from './tuf-refusal.ts';

/** The part of a role, as tuf-js has it, that leads to other roles. */
export interface SearchedRole {
  readonly signed: {
    readonly delegations?: { rolesForTarget(path: string): Iterable<Delegation> };
  };
}

interface Delegation {
  readonly role: string;
  readonly terminating: boolean;
}

/**
 * A search that ends at the bound on roles has not found that there is no such target. tuf-js does not say which of the two
 * it was; the roles it has looked through tell.
 * @param roles     those that tuf-js has verified, by name
 * @param rolesMax  how many delegated roles tuf-js looks through
 * @throws {TufRefusal} `limit`
 */
export function expectWholeSearch(
  roles: Readonly<Record<string, SearchedRole>>,
  target: string,
  rolesMax: number,
): void {
  const visited = new Set<string>();
  const open = ['targets'];
  while (open.length > 0) {
    if (visited.size > rolesMax)
      throw new TufRefusal(
        'limit',
        `target ${target}`,
        `at most ${rolesMax} delegated roles to look through`,
        'more',
      );
    const name = open.pop()!;
    if (visited.has(name)) continue;
    visited.add(name);
    const found: string[] = [];
    const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
    for (const { role: child, terminating } of role?.signed.delegations?.rolesForTarget(target) ?? []) {
      found.push(child);
      if (!terminating) continue;
      open.length = 0;
      break;
    }
    open.push(...found.reverse());
  }
}
