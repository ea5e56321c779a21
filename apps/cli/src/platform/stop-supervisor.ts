import { inStep, type Progress } from '../progress/progress.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

/** Stops everything in order; as soon as `force` is aborted, everything at once. */
export function stopSupervisor(
  supervisor: Supervisor,
  { progress, force }: { progress: Progress; force: AbortSignal },
): Promise<void> {
  return inStep(
    progress,
    'Stopping',
    async (step) => {
      const killed = aborted(force).then(() => supervisor.kill());
      await Promise.race([supervisor.stop((name) => step.update(name)), killed]);
    },
    () => 'workspaces go on running',
  );
}

/** Resolves once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
