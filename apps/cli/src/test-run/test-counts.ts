import { z } from 'zod';

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** As much of vitest's JSON report as is counted and told. */
export const testReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number().default(0),
  testResults: z.array(
    z.object({
      /** The file's absolute path. */
      name: z.string(),
      status: z.string(),
      /** What the file itself failed with, outside of its tests; empty otherwise. */
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          /** The errors of every try: also of a test that passed at its second. */
          failureMessages: z.array(z.string()).default([]),
        }),
      ),
    }),
  ),
});

export type TestReport = z.infer<typeof testReport>;

/**
 * Counts one run. A file that fails outside of its tests (it cannot be loaded, a hook throws) is one failure more;
 * so is a run that ends badly without a failed test.
 */
export function countTests(report: TestReport | undefined, exitCode: number): TestCounts {
  if (!report) return { passed: 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 };
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 && !isEmpty(report) ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function isEmpty({ testResults }: TestReport): boolean {
  return testResults.length === 0;
}

export function addCounts(counts: readonly TestCounts[]): TestCounts {
  return counts.reduce(
    (sum, { passed, failed, skipped }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** The last line of `podex test`, read by programs. */
export function formatCounts({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Whether the tests say yes: something ran, and nothing failed. */
export function isSuccess({ passed, failed }: TestCounts): boolean {
  return failed === 0 && passed > 0;
}
