/**
 * Every bound on hostile input, unit last in the name. Real inputs of 2026 stay well below these; whatever exceeds one is
 * refused with a code, never truncated and judged.
 */
export const limits = {
  /** A package-lock.json of 10,000 packages is about 5 MB. */
  lockfileBytesMax: 134_217_728,
  packagesMax: 200_000,
  nestingDepthMax: 64,
  policyBytesMax: 1_048_576,
  policyExtendsMax: 32,
  /** A package that holds a policy: packed, and unpacked. */
  policyPackageBytesMax: 4_194_304,
  policyPackageUnpackedBytesMax: 33_554_432,
  reportBytesMax: 134_217_728,
  /** Portable evidence files: all of them together, the first line of one, all content of one, and one block of it. */
  evidenceFileBytesMax: 268_435_456,
  evidenceHeadBytesMax: 4_194_304,
  evidenceBytesMax: 4_294_967_296,
  evidenceBlockBytesMax: 67_108_864,
  evidenceBlocksMax: 8_192,
  /** A block of 1 MiB ends with the package that fills it, and each takes 60 bytes at least. */
  evidenceBlockPackagesMax: 32_768,
  evidenceFilesMax: 64,
  /** Of all evidence files of a run: content that is taken apart and held at a time, and taken apart in all. */
  evidenceHeldBytesMax: 201_326_592,
  evidenceTakenBytesMax: 8_589_934_592,
  /** The largest manifest seen is 220 KB, the largest full packument 21 MB. */
  manifestBytesMax: 4_194_304,
  packumentBytesMax: 67_108_864,
  attestationsBytesMax: 8_388_608,
  keysBytesMax: 262_144,
  tarballBytesMax: 536_870_912,
  /** Of one that is read and not only hashed: a few are in memory at a time. */
  heldTarballBytesMax: 268_435_456,
  /** Of one tarball; the largest packages of native programs have 400 MB. */
  unpackedBytesMax: 4_294_967_296,
  trustRootBytesMax: 4_194_304,
  tufMetadataBytesMax: 8_388_608,
  attestationsMax: 32,
  registrySignaturesMax: 16,
  registryKeysMax: 64,
  bundleBytesMax: 8_388_608,
  /** Of a file with a bundle on each line. */
  bundleFileBytesMax: 67_108_864,
  bundlesMax: 256,
  payloadBytesMax: 4_194_304,
  envelopeSignaturesMax: 16,
  tlogEntriesMax: 32,
  timestampsMax: 32,
  /** The largest seen, with four certificates inside, is 6 KB. */
  timestampBytesMax: 65_536,
  signedAttributesMax: 32,
  certificatesMax: 10,
  certificateBytesMax: 65_536,
  sctsMax: 16,
  /** An artifact that has to be in memory at once; others may be of any size. */
  wholeArtifactBytesMax: 1_073_741_824,
  proofHashesMax: 64,
  checkpointBytesMax: 65_536,
  checkpointSignaturesMax: 32,
  subjectsMax: 1024,
  jsonDepthMax: 64,
  packageNameCharsMax: 214,
  versionCharsMax: 256,
  urlCharsMax: 2048,
  /** Attacker text inside a sentence of ours. */
  argCharsMax: 200,
} as const;
