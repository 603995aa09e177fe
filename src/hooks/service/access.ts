/**
 * Who may ask. The service asks registries with credentials of its own, so whoever is answered sees what those may see.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { VerifyDepsError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { readOwnFile } from './settings-file.ts';

const TOKENS_MAX = 256;
const TOKEN_CHARS_MIN = 16;
const TOKEN_CHARS_MAX = 1024;
const HINT = 'one token a line, at least 16 characters: openssl rand -hex 32';

export interface Access {
  /** @param authorization  value of that header */
  allows(authorization: string | undefined): boolean;
}

/** The comparison takes as long for a wrong token as for the right one, and as long for the first as for the last. */
export function accessBy(tokens: readonly string[]): Access {
  // Digests under a key nobody knows: all of one length, and what differs first tells nothing about the token.
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const digests = tokens.map(digest);
  return {
    allows(authorization) {
      const token = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1];
      if (token === undefined || token.length > TOKEN_CHARS_MAX) return false;
      const offered = digest(token);
      let found = 0;
      for (const known of digests) found |= timingSafeEqual(known, offered) ? 1 : 0;
      return found === 1;
    },
  };
}

/**
 * One token a line, so that a new one can be handed out before the old one goes; empty lines and those with `#` do not count.
 * @throws {VerifyDepsError} `service-settings`; never quotes a token
 */
export async function readTokens(file: string): Promise<readonly string[]> {
  const shown = printable(file);
  const bytes = await readOwnFile(file, `client token file ${shown}`, HINT);
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  const tokens: string[] = [];
  for (const [index, raw] of lines.entries()) {
    const token = raw.trim();
    if (token === '' || token.startsWith('#')) continue;
    if (!/^[\x21-\x7e]+$/.test(token) || token.length < TOKEN_CHARS_MIN || token.length > TOKEN_CHARS_MAX) {
      throw unusable(
        `client token file ${shown}: line ${index + 1} is no token of ${TOKEN_CHARS_MIN} to ${TOKEN_CHARS_MAX} printable characters`,
      );
    }
    tokens.push(token);
  }
  if (tokens.length === 0) throw unusable(`client token file ${shown} holds no token`);
  if (tokens.length > TOKENS_MAX)
    throw unusable(`client token file ${shown} holds more than ${TOKENS_MAX} tokens`);
  return tokens;
}

function unusable(message: string): VerifyDepsError {
  return new VerifyDepsError('service-settings', message, { hint: HINT });
}
