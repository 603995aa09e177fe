import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Where to put a machine-readable result beside the printed one; set by the gate. */
const json: string | undefined = process.env.VERIFY_DEPS_TEST_JSON;

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // By default one core is left to the editor.
    maxWorkers: '100%',
    exclude: ['test/real/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: json ? ['default', ['json', { outputFile: json }]] : ['default'],
  },
});

export default config;
