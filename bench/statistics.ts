export interface Summary {
  count: number;
  failed: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** Percentiles by the nearest-rank method, in the unit of the samples. */
export function summarise(samples: readonly number[], failed = 0): Summary {
  const sorted = [...samples].sort((left, right) => left - right);
  const rank = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return {
    count: sorted.length + failed,
    failed,
    p50: rank(0.5),
    p95: rank(0.95),
    p99: rank(0.99),
    max: rank(1),
  };
}

export interface Measured {
  ours: Summary;
  raw: Summary;
}

/** What is measured. The function it may return tidies up after it, and is not measured. */
type Task = () => Promise<void | (() => Promise<void>)>;

/**
 * Takes `rounds` samples of both, in turns, so that a noisy machine disturbs them alike. A failure counts; it does not stop the run.
 * Times are in milliseconds.
 */
export async function measureInTurns(
  rounds: number,
  tasks: { ours: Task; raw: Task },
  onRound: (done: number) => void = () => undefined,
): Promise<Measured> {
  const ours: number[] = [];
  const raw: number[] = [];
  let oursFailed = 0;
  let rawFailed = 0;
  for (let round = 0; round < rounds; round += 1) {
    await timed(tasks.raw).then(
      (ms) => raw.push(ms),
      () => {
        rawFailed += 1;
      },
    );
    await timed(tasks.ours).then(
      (ms) => ours.push(ms),
      () => {
        oursFailed += 1;
      },
    );
    onRound(round + 1);
  }
  return { ours: summarise(ours, oursFailed), raw: summarise(raw, rawFailed) };
}

async function timed(task: Task): Promise<number> {
  const startedAt = performance.now();
  const tidyUp = await task();
  const elapsedMs = performance.now() - startedAt;
  await tidyUp?.();
  return elapsedMs;
}
