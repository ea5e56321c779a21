import path from 'node:path';
import type { TestReport } from './test-counts.ts';

/** A test that failed, or passed only at its second try. */
export interface Incident {
  /** File and test, as vitest's `-t` takes it: `services/api/src/a.test.ts > sign-in counts attempts`. */
  test: string;
  isFailure: boolean;
  /** The first line of its first error. */
  cause: string;
}

/** Lists what a reader of a long log looks for, in the order of the report; `root` is what file names are told from. */
export function listIncidents(report: TestReport, root: string): Incident[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = path.relative(root, name);
    const incidents = assertionResults
      .filter(
        (test) => test.status === 'failed' || (test.status === 'passed' && test.failureMessages.length > 0),
      )
      .map((test) => ({
        test: `${file} > ${test.fullName.trim()}`,
        isFailure: test.status === 'failed',
        cause: firstLine(test.failureMessages[0] ?? message),
      }));
    const isFailure = status === 'failed';
    const isBroken = isFailure
      ? !incidents.some((one) => one.isFailure)
      : incidents.length === 0 && message !== '';
    return isBroken ? [...incidents, { test: file, isFailure, cause: firstLine(message) }] : incidents;
  });
}

/** One incident on two lines of the summary. */
export function formatIncident({ test, isFailure, cause }: Incident): string {
  return `${isFailure ? 'failed' : 'second try'}  ${test}\n  ${cause}`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] || 'no message';
}
