export interface FloorTrust {
  readonly keys: ReadonlyMap<string, unknown>;
}
export function floorTrust(
  trustedRoot: unknown,
  keys: Iterable<readonly [id: string, spki: Buffer]>,
): FloorTrust;
export function floorVerify(trust: FloorTrust, bytes: Buffer): Promise<void>;
