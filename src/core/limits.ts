/**
 * Every bound on hostile input, unit last in the name. Real inputs of 2026 stay below a tenth of these; whatever exceeds
 * one is refused with a code, never truncated and judged.
 */
export const limits = {
  /** A package-lock.json of 10,000 packages is about 5 MB. */
  lockfileBytesMax: 128 * 1024 * 1024,
  packagesMax: 200_000,
  nestingDepthMax: 64,
  policyBytesMax: 1024 * 1024,
  policyExtendsMax: 32,
  reportBytesMax: 128 * 1024 * 1024,
  /** The largest manifest seen is 220 KB, the largest full packument 21 MB. */
  manifestBytesMax: 4 * 1024 * 1024,
  packumentBytesMax: 128 * 1024 * 1024,
  attestationsBytesMax: 8 * 1024 * 1024,
  keysBytesMax: 256 * 1024,
  tarballBytesMax: 512 * 1024 * 1024,
  trustRootBytesMax: 4 * 1024 * 1024,
  tufMetadataBytesMax: 8 * 1024 * 1024,
  attestationsMax: 32,
  registrySignaturesMax: 16,
  registryKeysMax: 64,
  bundleBytesMax: 8 * 1024 * 1024,
  payloadBytesMax: 4 * 1024 * 1024,
  envelopeSignaturesMax: 16,
  tlogEntriesMax: 32,
  timestampsMax: 32,
  certificatesMax: 10,
  certificateBytesMax: 64 * 1024,
  sctsMax: 16,
  proofHashesMax: 64,
  checkpointBytesMax: 64 * 1024,
  checkpointSignaturesMax: 32,
  subjectsMax: 1024,
  jsonDepthMax: 64,
  packageNameCharsMax: 214,
  versionCharsMax: 256,
  urlCharsMax: 2048,
  /** Attacker text inside a sentence of ours. */
  argCharsMax: 200,
} as const;
