/** A location in a node_modules folder: the name it is installed under, and the location that the folder belongs to. */
export interface Place {
  /** `@scope/name` of `node_modules/a/node_modules/@scope/name`. */
  readonly name: string;
  /** `node_modules/a` of that. */
  readonly within: string;
}

const installed = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/;
const folder = 'node_modules/';

/** @returns undefined for the project, a workspace or another folder */
export function placeOf(location: string): Place | undefined {
  // Nearly all lie in the project's own folder.
  if (
    location.startsWith(folder) &&
    location.indexOf('/', folder.length) < 0 &&
    location.length > folder.length
  )
    return { name: location.slice(folder.length), within: '' };
  const found = installed.exec(location);
  return found === null ? undefined : { name: found[1]!, within: location.slice(0, found.index) };
}

/**
 * File systems may take names that differ in case or composition for one and the same; npm takes them so everywhere.
 * @returns what is the same for such names; remembers them, for the same few thousand come up again and again
 */
export function nameFolder(): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    let folded = known.get(name);
    if (folded === undefined) {
      folded = /[^!-@[-~]/.test(name) ? name.normalize('NFKD').toLowerCase() : name;
      known.set(name, folded);
    }
    return folded;
  };
}
