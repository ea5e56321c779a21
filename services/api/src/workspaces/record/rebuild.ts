import type { RebuildPreview } from '@podex/contracts/workspaces';
import type { WorkspaceRow } from './workspace-store.ts';

/** What its owner reads once it runs in another container than before. */
export const NEW_CONTAINER =
  'It has a new container. Its home folder, checkpoints and secrets are kept; packages that were installed outside the home folder, and what ran, are gone.';

/** What a workspace is to be made from, and what it was made from last. */
export type Built = Pick<WorkspaceRow, 'size' | 'placed_size' | 'image' | 'placed_image'>;

/** What the next container has another of. */
export function pendingChanges({ size, placed_size, image, placed_image }: Built): RebuildPreview['changes'] {
  const changes: RebuildPreview['changes'] = [];
  if (placed_size !== null && placed_size !== size) {
    changes.push({ what: 'size', from: placed_size, to: size });
  }
  if (image !== null && placed_image !== null && placed_image !== image) {
    changes.push({ what: 'image', from: placed_image, to: image });
  }
  return changes;
}

/** For its owner; null when nothing waits for the next container. */
export function pendingReason(row: Built): string | null {
  const changes = pendingChanges(row).map(({ what, to }) => `${what} ${to}`);
  if (changes.length === 0) return null;
  return `The change to ${changes.join(' and ')} takes effect when it is rebuilt or next started. Its home folder is kept then; packages that were installed elsewhere are lost.`;
}

export function previewRebuild(row: Built): RebuildPreview {
  return {
    kept: ['The home folder with all its files', 'Checkpoints', 'Secrets and settings', 'Conversations'],
    lost: ['Packages and files outside the home folder', 'Running processes', 'Terminals and what they show'],
    changes: pendingChanges(row),
  };
}
