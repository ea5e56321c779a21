/** One thing that was looked at. */
export interface DoctorCheck {
  name: string;
  /** `warn`: Podex runs, but something that people expect does not. */
  status: 'ok' | 'warn' | 'fail';
  /** What is so; for a problem, its cause. */
  detail: string;
  /** What to do, a line each. */
  cure: readonly string[];
}

export function ok(name: string, detail: string): DoctorCheck {
  return { name, status: 'ok', detail, cure: [] };
}

export function warn(name: string, detail: string, cure: readonly string[]): DoctorCheck {
  return { name, status: 'warn', detail, cure };
}

export function fail(name: string, detail: string, cure: readonly string[]): DoctorCheck {
  return { name, status: 'fail', detail, cure };
}

const MARKS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

/** A line a check, the cure below it. */
export function formatChecks(checks: readonly DoctorCheck[]): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks.flatMap(({ name, status, detail, cure }) => {
    const [first = '', ...rest] = detail.split('\n');
    const below = ' '.repeat(width + 8);
    return [
      `${MARKS[status]}  ${name.padEnd(width)}  ${first}`,
      ...[...rest, ...cure].map((line) => `${below}${line}`),
    ];
  });
}
