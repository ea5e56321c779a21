import type { Checkpoint, RestoreReport } from '@podex/contracts/checkpoints';
import { countOf } from '@podex/contracts/text';

const HOME = '/home/dev';

/** What a person or the agent called it, or what it was made for. */
export function titleOf({ label, origin, path }: Checkpoint): string {
  if (label !== null) return label;
  if (origin === 'restore') return 'Before a restore';
  if (origin === 'tool_call') return 'Before a change by the agent';
  return path === HOME ? 'Checkpoint' : `Checkpoint of ${shortPath(path)}`;
}

/** "3 files changed", "No changes", of the first "120 files". */
export function changesOf({ changes, files, skipped_count: skipped }: Checkpoint): string {
  const changed = changes === null ? countOf(files, 'file') : changedText(changes);
  return skipped === 0 ? changed : `${changed}, ${skipped} left out`;
}

function changedText({ added, modified, removed }: NonNullable<Checkpoint['changes']>): string {
  const total = added + modified + removed;
  return total === 0 ? 'No changes' : `${countOf(total, 'file')} changed`;
}

/** "2 files restored, 1 deleted". */
export function restoredText({ written, deleted, problems_count: problems }: RestoreReport): string {
  if (written + deleted + problems === 0) return 'Nothing had changed.';
  const parts = [
    ...(written > 0 ? [`${written} restored`] : []),
    ...(deleted > 0 ? [`${deleted} deleted`] : []),
    ...(problems > 0 ? [`${problems} left as they are`] : []),
  ];
  return `${parts.join(', ')}.`;
}

/** Below the home without it. */
export function shortPath(path: string): string {
  return path.startsWith(`${HOME}/`) ? path.slice(HOME.length + 1) : path;
}
