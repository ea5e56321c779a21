import type { TestReport } from './test-counts.ts';

/** More files than a machine that stalls makes fail: their cause is in the code, and a second try would only take long. */
const FILES_MAX = 6;

/** The files that failed, as vitest takes them; none where so many did that the machine is not to blame. */
export function filesToTryAgain({ testResults }: TestReport): string[] {
  const failed = testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return failed.length > FILES_MAX ? [] : failed;
}

/**
 * The report of a run whose failed files ran once more: their second results, and with each test (or file) that passed
 * then what it failed with before.
 */
export function withSecondTry(first: TestReport, second: TestReport): TestReport {
  const testResults = first.testResults.map((before) => {
    const after = second.testResults.find(({ name }) => name === before.name);
    if (after === undefined) return before;
    const messagesOf = (fullName: string) =>
      before.assertionResults.find((test) => test.fullName === fullName)?.failureMessages ?? [];
    return {
      ...after,
      message: after.message || before.message,
      assertionResults: after.assertionResults.map((test) => ({
        ...test,
        failureMessages: [...messagesOf(test.fullName), ...test.failureMessages],
      })),
    };
  });
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const count = (...statuses: string[]) => tests.filter(({ status }) => statuses.includes(status)).length;
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending', 'skipped'),
    numTodoTests: count('todo'),
    testResults,
  };
}
