import type { FloorTrust } from './floor.mjs';

export function floorPackage(
  trust: FloorTrust,
  evidence: { integrity: string; manifest: Buffer; attestations?: Buffer | undefined },
): Promise<number>;
