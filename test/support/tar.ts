/** Tarballs of any form, sound or not: each header is written as it is given. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

export interface Entry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly mode?: number;
  /** Type flag: `0` a file, `5` a folder, `2` a link, `x` pax, `L` a long name. */
  readonly type?: string;
  readonly change?: (head: Buffer) => void;
}

export function tarOf(entries: readonly Entry[], end: Uint8Array = Buffer.alloc(1024)): Buffer {
  const blocks: Uint8Array[] = [];
  for (const { name, content = '', mode = 0o644, type = '0', change } of entries) {
    const data = Buffer.from(content);
    const head = Buffer.alloc(512);
    head.write(name, 0, 100);
    head.write(`${mode.toString(8).padStart(6, '0')} \0`, 100);
    head.write(`${data.length.toString(8).padStart(11, '0')} `, 124);
    head.write(type, 156);
    head.write('ustar\x0000', 257);
    change?.(head);
    head.write('        ', 148);
    const sum = head.reduce((a, b) => a + b, 0);
    head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(head, data, Buffer.alloc((512 - (data.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, end]);
}

export function tgz(entries: readonly Entry[]): Buffer {
  return gzipSync(tarOf(entries));
}

export function files(contents: Readonly<Record<string, string>>): readonly Entry[] {
  return Object.entries(contents).map(([name, content]) => ({ name: `package/${name}`, content }));
}

export function pax(records: Readonly<Record<string, string>>): Entry {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const length = Buffer.byteLength(rest) + 2;
    return `${length}${rest}`;
  });
  return { name: 'PaxHeader', type: 'x', content: lines.join('') };
}

export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

export function sriOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}
