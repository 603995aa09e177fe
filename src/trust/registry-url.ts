import { withoutSlashes } from '../core/registry-url.ts';

/**
 * Name of the TUF target that holds a registry's keys: host with any unusual port, path without its last slash,
 * `/keys.json`. The same name npm asks for.
 * @param registry  as `normalRegistry` gives it
 */
export function keysTargetName(registry: string): string {
  const { host, pathname } = new URL(registry);
  return `${host}${withoutSlashes(pathname)}/keys.json`;
}
