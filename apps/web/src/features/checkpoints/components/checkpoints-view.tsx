'use client';

import { useQuery } from '@tanstack/react-query';
import { History, Plus, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { EmptyState } from '#components/empty-state.tsx';
import { IconButton } from '#components/icon-button.tsx';
import { Loaded } from '#components/loaded.tsx';
import { formatBytes } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { checkpointsQuery } from '../api/checkpoints-query.ts';
import { CheckpointRow } from './checkpoint-row.tsx';
import { NewCheckpointDialog } from './new-checkpoint-dialog.tsx';

const LOOK_AT_CLOCK_EVERY_MS = 30_000;

interface CheckpointsViewProps {
  workspaceId: string;
  /** Looks at the list alone. */
  isReadOnly: boolean;
  onFilesTouched: () => void;
}

/** States of the files that can be looked at and restored, for the side bar. */
export function CheckpointsView({ workspaceId, isReadOnly, onFilesTouched }: CheckpointsViewProps) {
  const checkpoints = useQuery(checkpointsQuery(workspaceId));
  const [isCreating, setCreating] = useState(false);
  const now = useNow(LOOK_AT_CLOCK_EVERY_MS);
  return (
    <section aria-label="Checkpoints" className="flex h-full min-w-0 flex-col bg-sunken">
      <header className="flex h-9 shrink-0 items-center gap-0.5 border-b pr-1.5 pl-3">
        <h2 className="min-w-0 flex-1 truncate font-medium text-ink-2 text-xs">Checkpoints</h2>
        {!isReadOnly && (
          <IconButton label="New checkpoint" size="sm" onClick={() => setCreating(true)}>
            <Plus />
          </IconButton>
        )}
        <IconButton label="Refresh" size="sm" onClick={() => checkpoints.refetch()}>
          <RefreshCw />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <Loaded query={checkpoints} what="the checkpoints">
          {({ items, stored_bytes: stored, max_bytes: max }) =>
            items.length === 0 ? (
              <EmptyState icon={<History />} title="No checkpoints">
                A checkpoint keeps your files as they are, so that you can compare and restore them later.
              </EmptyState>
            ) : (
              <>
                <ul aria-label="Checkpoints" className="divide-y divide-line">
                  {items.map((one) => (
                    <CheckpointRow
                      key={one.id}
                      workspaceId={workspaceId}
                      checkpoint={one}
                      now={now}
                      isReadOnly={isReadOnly}
                      onFilesTouched={onFilesTouched}
                    />
                  ))}
                </ul>
                <p className="px-3 py-2 text-ink-3 text-xs">
                  {formatBytes(stored)} of {formatBytes(max)} used. The oldest make room for new ones.
                </p>
              </>
            )
          }
        </Loaded>
      </div>
      <NewCheckpointDialog workspaceId={workspaceId} isOpen={isCreating} onOpenChange={setCreating} />
    </section>
  );
}
