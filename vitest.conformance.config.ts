import { defineConfig, type ViteUserConfig } from 'vitest/config';

const json: string | undefined = process.env.VERIFY_DEPS_TEST_JSON;

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each test starts processes: a few at once keep every core busy.
    maxConcurrency: 3,
    fileParallelism: false,
    reporters: json ? ['default', ['json', { outputFile: json }]] : ['default'],
  },
});

export default config;
