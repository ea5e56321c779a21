export type ImagePhase = 'check' | 'load' | 'pull' | 'bootstrap' | 'build' | 'pack' | 'done';

/** One step of progress, for a display. */
export interface ImageProgress {
  phase: ImagePhase;
  /** Of the whole work, 0 to 100; never goes back. An estimate: packages differ in size. */
  percent: number;
  /** What is being done, in a few words. */
  message: string;
}

export type OnImageProgress = (progress: ImageProgress) => void;

/** Where each phase begins and ends on the way from 0 to 100, by the time it takes. */
const PHASE_RANGE: Record<ImagePhase, readonly [number, number]> = {
  check: [0, 1],
  load: [1, 99],
  pull: [1, 25],
  bootstrap: [1, 25],
  build: [25, 85],
  pack: [85, 99],
  done: [100, 100],
};

/** Reports `fraction` (0 to 1) of a phase as a part of the whole work. */
export type ReportPhase = (phase: ImagePhase, fraction: number, message: string) => void;

export function createProgressReport(onProgress: OnImageProgress | undefined): ReportPhase {
  let highest = 0;
  return (phase, fraction, message) => {
    const [begin, end] = PHASE_RANGE[phase];
    const bounded = Math.min(1, Math.max(0, fraction));
    highest = Math.max(highest, Math.round(begin + (end - begin) * bounded));
    onProgress?.({ phase, percent: highest, message });
  };
}
