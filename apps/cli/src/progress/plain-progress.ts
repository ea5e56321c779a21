import { formatStepLine, type Progress } from './progress.ts';

const WIDTH = 200;
/** A log is not flooded: a step's detail is repeated at most this often. */
const DETAIL_EVERY_MS = 5_000;

/** Plain lines for logs and pipes: one when a step begins, some while it runs, one when it ends. */
export function createPlainProgress(write: (line: string) => void, now = () => performance.now()): Progress {
  return {
    note: write,
    step(title) {
      const startedAt = now();
      let toldAt = startedAt;
      const line = (mark: string, detail: string) =>
        formatStepLine({ mark, title, detail, ms: now() - startedAt }, WIDTH);
      write(line('..', ''));
      return {
        update(detail) {
          if (now() - toldAt < DETAIL_EVERY_MS) return;
          toldAt = now();
          write(line('..', detail));
        },
        done: (detail = '') => write(line('ok', detail)),
        fail: () => write(line('FAILED', '')),
      };
    },
  };
}
