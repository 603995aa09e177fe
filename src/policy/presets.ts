/** Policies that come with the tool, in `policies/`; from the mildest on. */
export const presetNames = ['observe', 'recommended', 'strict', 'slsa-build-l3', 'ssdf'] as const;
export type PresetName = (typeof presetNames)[number];
