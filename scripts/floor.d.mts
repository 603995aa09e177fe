export interface FloorTrust {
  readonly keys: ReadonlyMap<string, unknown>;
}
export function floorTrust(
  trustedRoot: unknown,
  keys: Iterable<readonly [id: string, spki: Buffer]>,
): FloorTrust;
export function floorVerify(trust: FloorTrust, bytes: Buffer): Promise<void>;
export type FloorCheck = readonly [hash: string | null, data: Buffer, key: unknown, signature: Buffer];
export function floorChecks(
  trust: FloorTrust,
  bundle: unknown,
  subject?: { readonly name: string; readonly sha512: string },
): FloorCheck[];
export function floorSignatures(checks: readonly FloorCheck[]): Promise<void>;
