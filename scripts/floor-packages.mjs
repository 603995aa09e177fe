// The least work that verifies the evidence of a whole package, see floor.mjs: its manifest, the registry's signature, and the
// bundles of its attestations, from bytes in memory to the verdict.
import { floorChecks, floorSignatures } from './floor.mjs';

/**
 * @param evidence  `integrity` as the lockfile has it (sha512), bytes of the `manifest`, and of the `attestations` if there
 *                  are any
 * @returns         how many signatures were verified
 */
export async function floorPackage(trust, { integrity, manifest, attestations }) {
  const { name, version, dist } = JSON.parse(manifest);
  if (dist.integrity !== integrity) throw new Error('integrity');
  const signed = Buffer.from(`${name}@${version}:${integrity}`);
  const checks = dist.signatures.map(({ keyid, sig }) => [
    'sha256',
    signed,
    trust.keys.get(keyid),
    Buffer.from(sig, 'base64'),
  ]);
  if (attestations) {
    const subject = {
      name: `pkg:npm/${name.replace(/^@/, '%40')}@${version}`,
      sha512: Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex'),
    };
    for (const { bundle } of JSON.parse(attestations).attestations)
      checks.push(...floorChecks(trust, bundle, subject));
  }
  if (checks.length === 0) throw new Error('nothing is signed');
  await floorSignatures(checks);
  return checks.length;
}
