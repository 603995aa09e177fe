import { readFileSync, writeFileSync } from 'node:fs';
import { decodeBlock, indexPackages } from '../../src/portable/block.ts';
import { encodeEvidence } from '../../src/portable/encode.ts';
import { decodeHead, type OpenedHead } from '../../src/portable/head.ts';
import type { Recorder } from '../../src/portable/recorder.ts';
import { decodeShared, type SharedEvidence } from '../../src/portable/shared-lines.ts';
import type { EntryKey, EntryKind } from '../../src/registry/entry.ts';

export interface Unpacked {
  head: OpenedHead;
  /** By key as in the file. */
  packages: Map<string, { key: EntryKey; parts: Map<EntryKind, Buffer> }>;
  tuf: Map<
    string,
    { roots: Map<number, Uint8Array>; metadata: Map<string, Uint8Array>; targets: Map<string, Uint8Array> }
  >;
  policies: Map<string, Uint8Array>;
}

export function headOf(file: string): OpenedHead {
  const head = decodeHead(readFileSync(file));
  if (head === undefined || 'version' in head) throw new Error(`${file} is no evidence file`);
  return head;
}

/** All of a file, to be taken apart and changed. */
export function unpackFile(file: string): Unpacked {
  const bytes = readFileSync(file);
  const head = headOf(file);
  const packages: Unpacked['packages'] = new Map();
  let shared: SharedEvidence = { tuf: new Map(), policies: new Map() };
  let at = head.start;
  for (const [index, block] of head.blocks.entries()) {
    const content = decodeBlock(block, bytes.subarray(at, at + block.stored));
    at += block.stored;
    if (block.first === '') {
      shared = decodeShared(content);
      continue;
    }
    for (const [id, places] of indexPackages(content, block, head.blocks[index + 1]?.first).packages) {
      const [registry, name, version] = JSON.parse(id) as [string, string, string];
      const parts = new Map([...places].map(([kind, [start, end]]) => [kind, content.subarray(start, end)]));
      packages.set(id, { key: { registry, name, version }, parts });
    }
  }
  const tuf: Unpacked['tuf'] = new Map(
    [...shared.tuf].map(([mirror, { roots, metadata, targets }]) => [
      mirror,
      { roots: new Map(roots), metadata: new Map(metadata), targets: new Map(targets) },
    ]),
  );
  return { head, packages, tuf, policies: new Map(shared.policies) };
}

/** Bytes of a file that is in order and says what `unpacked` says. */
export function packFile({ head, packages, tuf, policies }: Unpacked): Uint8Array {
  const recorder: Pick<Recorder, 'packages' | 'parts'> = {
    packages: () => [...packages.keys()].sort(),
    parts: (id) => {
      const { key, parts } = packages.get(id)!;
      return {
        key,
        parts: new Map([...parts].map(([kind, bytes]) => [kind, { bytes, time: head.newest }])),
      };
    },
  };
  return encodeEvidence(recorder, { tuf, policies }, head.newest).bytes;
}

/** Writes a changed copy of an evidence file. */
export function rewrite(from: string, to: string, change: (unpacked: Unpacked) => void): void {
  const unpacked = unpackFile(from);
  change(unpacked);
  writeFileSync(to, packFile(unpacked));
}
