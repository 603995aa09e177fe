import { defineConfig, type ViteUserConfig } from 'vitest/config';

const json: string | undefined = process.env.VERIFY_DEPS_TEST_JSON;

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/differential/*.share.ts'],
    globalSetup: ['test/differential/totals.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 3_600_000,
    reporters: json ? ['default', ['json', { outputFile: json }]] : ['default'],
  },
});

export default config;
