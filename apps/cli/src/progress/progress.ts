/** What takes time, told to the person who waits. One step is open at a time. */
export interface Progress {
  /** Opens a step. Whatever was open before has ended by then. */
  step(title: string): ProgressStep;
  /** A line of its own. */
  note(line: string): void;
}

export interface ProgressStep {
  /** What the step is doing at the moment, in a few words. */
  update(detail: string): void;
  /** The step is over; `detail` says what came of it. */
  done(detail?: string): void;
  fail(): void;
}

/** Runs work as one step; it ends as done or failed with the work. */
export async function inStep<Result>(
  progress: Progress,
  title: string,
  work: (step: ProgressStep) => Promise<Result>,
  describe: (result: Result) => string | undefined = () => undefined,
): Promise<Result> {
  const step = progress.step(title);
  try {
    const result = await work(step);
    step.done(describe(result));
    return result;
  } catch (error) {
    step.fail();
    throw error;
  }
}

/** `0.4 s`, `12 s`, `2 min 05 s`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** One line of a step, at most `width` columns: `⠋ Workspace image  installing packages  12 s`. */
export function formatStepLine(
  step: { mark: string; title: string; detail: string; ms: number },
  width: number,
): string {
  const time = step.ms < 100 ? '' : `  ${formatDuration(step.ms)}`;
  const head = `${step.mark} ${step.title}`;
  const room = width - head.length - time.length - 2;
  if (step.detail === '' || room < 4) return `${head}${time}`.slice(0, width);
  const detail = step.detail.length > room ? `${step.detail.slice(0, room - 1)}…` : step.detail;
  return `${head}  ${detail}${time}`;
}
