import { defineConfig, type ViteUserConfig } from 'vitest/config';

const json: string | undefined = process.env.VERIFY_DEPS_TEST_JSON;

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/gates/**/*.gates.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Each test starts package managers: a few at once keep every core busy.
    maxConcurrency: 3,
    fileParallelism: false,
    reporters: json ? ['default', ['json', { outputFile: json }]] : ['default'],
  },
});

export default config;
