import { defineConfig } from 'vitest/config';

/**
 * `unit` needs nothing but Node. Everything else needs what `./podex test` sets up (PostgreSQL, Redis, Docker engines with
 * runsc, Chromium) and runs one file at a time, because the files share one machine.
 */
/** Build machines are shared and stall; what fails there is tried once more, and the report says so. */
const retry = process.env.CI ? 1 : 0;

/** A test that asserts nothing proves nothing: it fails. */
const EXPECT = { requireAssertions: true };

const ignored = ['**/node_modules/**', '**/.next/**', '**/dist/**'];

function realParts(name: string, include: string[], timeoutMs: number) {
  return {
    test: {
      name,
      expect: EXPECT,
      include,
      exclude: ignored,
      testTimeout: timeoutMs,
      hookTimeout: 300_000,
      retry,
      fileParallelism: false,
    },
  };
}

export default defineConfig({
  test: {
    passWithNoTests: false,
    projects: [
      {
        test: {
          name: 'unit',
          expect: EXPECT,
          include: ['**/*.test.ts'],
          exclude: [...ignored, '**/*.integration.test.ts', 'tests/**/*.spec.ts'],
          testTimeout: 10_000,
          retry,
        },
      },
      realParts('integration', ['**/*.integration.test.ts'], 120_000),
      realParts('e2e', ['tests/{e2e,security,faults}/**/*.spec.ts'], 240_000),
      realParts('browser', ['tests/browser/**/*.spec.ts'], 300_000),
    ],
  },
});
