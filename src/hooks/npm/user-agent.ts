/** Who started this process, by what package managers say of themselves in `npm_config_user_agent`. */
export interface UserAgent {
  readonly manager: string;
  readonly version: string;
  readonly major: number;
}

/** `npm/12.2.0 node/v24.21.0 linux x64 workspaces/false`; undefined for anything else. */
export function parseUserAgent(text: string | undefined): UserAgent | undefined {
  const found = /^([a-z]{1,20})\/((\d{1,4})\.[^\s]{1,100})(?:\s|$)/.exec(text ?? '');
  if (found === null) return undefined;
  return { manager: found[1]!, version: found[2]!, major: Number(found[3]) };
}
