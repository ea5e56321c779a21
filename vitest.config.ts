import { defineConfig } from 'vitest/config';

/**
 * `unit` needs nothing but Node. Everything else needs what `./podex test` sets up (PostgreSQL, Redis, Docker engines with
 * runsc, Chromium). Each file of `services` has a PostgreSQL of its own, and each file of `integration` engines of its own or workspaces of
 * its own on the shared one, so several run at a time. Whole stacks and browsers run one by one: they are big.
 */
/** A test that asserts nothing proves nothing: it fails. */
const EXPECT = { requireAssertions: true };

const ignored = ['**/node_modules/**', '**/.next/**', '**/dist/**'];

/** Integration tests that need no engine. */
const SERVICES = 'services/{api,agent}/**/*.integration.test.ts';

interface RealParts {
  include: string[];
  exclude?: string[];
  timeoutMs: number;
  /** Files at a time. They mostly wait, so more of them than processors do no harm. */
  maxWorkers: number;
}

function realParts(name: string, { include, exclude = [], timeoutMs, maxWorkers }: RealParts) {
  return {
    test: {
      name,
      expect: EXPECT,
      include,
      exclude: [...ignored, ...exclude],
      testTimeout: timeoutMs,
      hookTimeout: 300_000,
      maxWorkers,
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
        },
      },
      realParts('services', { include: [SERVICES], timeoutMs: 120_000, maxWorkers: 3 }),
      realParts('integration', {
        include: ['**/*.integration.test.ts'],
        exclude: [SERVICES],
        timeoutMs: 120_000,
        maxWorkers: 2,
      }),
      realParts('e2e', {
        include: ['tests/{e2e,security,faults}/**/*.spec.ts'],
        timeoutMs: 240_000,
        maxWorkers: 1,
      }),
      realParts('browser', { include: ['tests/browser/**/*.spec.ts'], timeoutMs: 300_000, maxWorkers: 1 }),
    ],
  },
});
