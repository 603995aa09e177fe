/**
 * The commands that GitHub's runner reads out of a log.
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
import { createHash } from 'node:crypto';

/** One line for the runner, whatever the texts hold. */
export function workflowCommand(
  kind: 'error' | 'warning',
  properties: { readonly file?: string; readonly line?: number; readonly title: string },
  text: string,
): string {
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${kind} ${list.join(',')}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * Text that the runner shows and does not read: a word of a stranger at the beginning of a line could be a command. The
 * word that ends it is made from the text, which cannot hold its own digest.
 */
export function shownOnly(text: string): string {
  if (!/^\s*::|##\[/m.test(text)) return text;
  const token = createHash('sha256').update(text).digest('hex');
  return `::stop-commands::${token}\n${text.endsWith('\n') ? text : `${text}\n`}::${token}::\n`;
}

/** Under GitHub Actions what strangers wrote is only shown; elsewhere the text stays as it is. */
export function forLog(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return env.GITHUB_ACTIONS === 'true' ? shownOnly(text) : text;
}
