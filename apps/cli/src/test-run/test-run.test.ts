import { describe, expect, it } from 'vitest';
import { filesToTryAgain, withSecondTry } from './second-try.ts';
import { addCounts, countTests, formatCounts, isSuccess, type TestReport } from './test-counts.ts';
import { formatIncident, listIncidents } from './test-incidents.ts';
import { planTests } from './test-plan.ts';

const CHECKED = { check: true };

describe('the arguments of podex test', () => {
  it('mean everything when there are none', () => {
    expect(planTests([], CHECKED)).toEqual({
      check: true,
      projects: ['unit', 'services', 'integration', 'e2e', 'browser'],
      vitestArguments: [],
      needs: { engine: true, page: true, browser: true },
    });
  });

  it('choose projects, and leave the rest to vitest', () => {
    expect(planTests(['browser', 'unit', '-t', 'reload', 'tests/browser/a.spec.ts'], CHECKED)).toMatchObject({
      projects: ['unit', 'browser'],
      vitestArguments: ['-t', 'reload', 'tests/browser/a.spec.ts'],
      needs: { engine: true, browser: true },
    });
  });

  it('leave the check out when it is not wanted, or when something was chosen', () => {
    expect(planTests([], { check: false })).toEqual({ ...planTests([], CHECKED), check: false });
    expect(planTests(['unit'], CHECKED).check).toBe(false);
    expect(planTests(['-t', 'reload'], CHECKED).check).toBe(false);
  });

  it('need nothing of the machine for unit tests', () => {
    expect(planTests(['unit'], CHECKED).needs).toEqual({ engine: false, page: false, browser: false });
  });
});

describe('counting tests', () => {
  const file = (status: string, assertions: string[]) => ({
    name: '/root/a.test.ts',
    status,
    message: '',
    assertionResults: assertions.map((assertion) => ({
      fullName: ' a test',
      status: assertion,
      failureMessages: [],
    })),
  });
  const report = (passed: number, failed: number, files: ReturnType<typeof file>[]) => ({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: files,
  });

  it('takes skipped ones and todos together', () => {
    expect(countTests(report(2, 0, [file('passed', ['passed', 'passed'])]), 0)).toEqual({
      passed: 2,
      failed: 0,
      skipped: 2,
    });
  });

  it('counts a file that cannot be loaded as a failure', () => {
    const counts = countTests(report(1, 1, [file('failed', ['failed', 'passed']), file('failed', [])]), 1);
    expect(counts.failed).toBe(2);
  });

  it('counts a run that ends badly as a failure, with or without a report', () => {
    expect(countTests(report(1, 0, [file('passed', ['passed'])]), 1).failed).toBe(1);
    expect(countTests(undefined, 1).failed).toBe(1);
  });

  it('is no success when nothing ran', () => {
    expect(isSuccess({ passed: 0, failed: 0, skipped: 3 })).toBe(false);
    expect(isSuccess({ passed: 1, failed: 1, skipped: 0 })).toBe(false);
    expect(isSuccess({ passed: 1, failed: 0, skipped: 0 })).toBe(true);
  });

  it('adds up to one plain line', () => {
    const total = addCounts([
      { passed: 2, failed: 0, skipped: 1 },
      { passed: 3, failed: 1, skipped: 0 },
    ]);
    expect(formatCounts(total)).toBe('5 passed, 1 failed, 1 skipped');
  });
});

describe('what went wrong', () => {
  const report = (
    status: string,
    message: string,
    tests: { status: string; failureMessages: string[] }[],
  ) => ({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [
      {
        name: '/root/services/a.test.ts',
        status,
        message,
        assertionResults: tests.map((test, index) => ({ fullName: ` sign-in test ${index}`, ...test })),
      },
    ],
  });

  it('is told by file and name with the first line of its cause', () => {
    const failed = report('failed', '', [
      { status: 'passed', failureMessages: [] },
      { status: 'failed', failureMessages: ['Error: no answer\n    at a.ts:1'] },
    ]);
    expect(listIncidents(failed, '/root').map(formatIncident)).toEqual([
      'failed  services/a.test.ts > sign-in test 1\n  Error: no answer',
    ]);
  });

  it('names tests that passed only at the second try', () => {
    const retried = report('passed', '', [{ status: 'passed', failureMessages: ['Error: too slow'] }]);
    expect(listIncidents(retried, '/root').map(formatIncident)).toEqual([
      'second try  services/a.test.ts > sign-in test 0\n  Error: too slow',
    ]);
  });

  it('names a file that failed outside of its tests', () => {
    const broken = report('failed', 'Cannot find module', [{ status: 'skipped', failureMessages: [] }]);
    expect(listIncidents(broken, '/root')).toEqual([
      { test: 'services/a.test.ts', isFailure: true, cause: 'Cannot find module' },
    ]);
  });
});

describe('the second try of files', () => {
  const file = (name: string, status: string, tests: [string, string, ...string[]][], message = '') => ({
    name: `/root/${name}`,
    status,
    message,
    assertionResults: tests.map(([fullName, outcome, ...failureMessages]) => ({
      fullName,
      status: outcome,
      failureMessages,
    })),
  });
  const report = (...testResults: ReturnType<typeof file>[]): TestReport => ({
    numPassedTests: -1,
    numFailedTests: -1,
    numPendingTests: -1,
    numTodoTests: 0,
    testResults,
  });

  it('is of those that failed, and of none where many did', () => {
    const files = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => file(name, 'failed', []));
    expect(filesToTryAgain(report(file('good', 'passed', []), ...files))).toEqual(
      files.map(({ name }) => name),
    );
    expect(filesToTryAgain(report(...files, file('g', 'failed', [])))).toEqual([]);
  });

  it('counts, and tells what failed before', () => {
    const first = report(
      file('good', 'passed', [['one', 'passed']]),
      file('a', 'failed', [
        ['slow', 'failed', 'Error: too slow'],
        ['wrong', 'failed', 'Error: wrong'],
        ['after them', 'skipped'],
      ]),
      file('b', 'failed', [], 'Cannot start'),
    );
    const second = report(
      file('a', 'failed', [
        ['slow', 'passed'],
        ['wrong', 'failed', 'Error: still wrong'],
        ['after them', 'passed'],
      ]),
      file('b', 'passed', [['in b', 'passed']]),
    );
    const both = withSecondTry(first, second);
    expect(countTests(both, 1)).toEqual({ passed: 4, failed: 1, skipped: 0 });
    expect(listIncidents(both, '/root').map(formatIncident)).toEqual([
      'second try  a > slow\n  Error: too slow',
      'failed  a > wrong\n  Error: wrong',
      'second try  b\n  Cannot start',
    ]);
  });

  it('that fails as a whole leaves the failure', () => {
    const broken = report(file('b', 'failed', [], 'Cannot start'));
    const both = withSecondTry(broken, broken);
    expect(countTests(both, 1).failed).toBe(1);
    expect(listIncidents(both, '/root').map(formatIncident)).toEqual(['failed  b\n  Cannot start']);
  });
});
