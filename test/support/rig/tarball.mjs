import zlib from 'node:zlib';

/**
 * An npm package tarball (POSIX ustar, gzipped) with the files below `package/`; as much of the format as npm and pnpm read.
 * @param mtime seconds since 1970; npm's own constant, so that equal files make equal tarballs
 */
export function tarball(files, mtime = 499162500) {
  const blocks = [];
  for (const [name, text] of Object.entries(files)) {
    const data = Buffer.from(text);
    const head = Buffer.alloc(512);
    const octal = (value, width) => value.toString(8).padStart(width, '0');
    head.write(`package/${name}`, 0, 100);
    head.write('000644 \0', 100);
    head.write('000000 \0', 108);
    head.write('000000 \0', 116);
    head.write(`${octal(data.length, 11)} `, 124);
    head.write(`${octal(mtime, 11)} `, 136);
    head.write('        ', 148); // the checksum counts as blanks while it is computed
    head.write('0', 156);
    head.write('ustar\x0000', 257);
    const checksum = head.reduce((a, b) => a + b, 0);
    head.write(`${octal(checksum, 6)}\0 `, 148);
    blocks.push(head, data, Buffer.alloc((512 - (data.length % 512)) % 512));
  }
  return zlib.gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]), { level: 9 });
}
