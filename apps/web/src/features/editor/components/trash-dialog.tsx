'use client';

import { shownPath } from '@podex/contracts/file-names';
import type { TrashEntry, TrashListing } from '@podex/contracts/trash';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { Dialog } from '#components/dialog.tsx';
import { RequestError } from '#components/form.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { Row } from '#components/row.tsx';
import { countOf, formatAgo, formatBytes } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { emptyTrash, restoreFromTrash, trashQuery } from '../api/trash.ts';
import type { EditorSession } from '../model/editor-session.ts';

const LOOK_AT_CLOCK_EVERY_MS = 30_000;

interface TrashDialogProps {
  session: EditorSession;
  isReadOnly: boolean;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function TrashDialog({ isOpen, onOpenChange, ...content }: TrashDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title="Trash"
      description="Deleted files stay here until you delete them permanently. They count towards the disk of the workspace."
      width="lg"
    >
      <TrashContent {...content} />
    </Dialog>
  );
}

/** What is to be deleted for good: one thing, or everything. */
type Deletion = TrashEntry | 'all';

function TrashContent({ session, isReadOnly }: Pick<TrashDialogProps, 'session' | 'isReadOnly'>) {
  const { workspaceId, filesTouched } = session;
  const trash = useQuery({ ...trashQuery(workspaceId), staleTime: 0 });
  const now = useNow(LOOK_AT_CLOCK_EVERY_MS);
  const [deletion, setDeletion] = useState<Deletion | null>(null);
  const queryClient = useQueryClient();
  const onSettled = () => {
    filesTouched();
    return queryClient.invalidateQueries({ queryKey: trashQuery(workspaceId).queryKey });
  };
  const restore = useMutation({
    mutationFn: (trashId: string) => restoreFromTrash(workspaceId, trashId),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (what: Deletion) => emptyTrash(workspaceId, what === 'all' ? undefined : what.trash_id),
    onSuccess: () => setDeletion(null),
    onSettled,
  });
  const query = { ...trash, data: trash.data?.entries };

  return (
    <div className="flex flex-col gap-3">
      {trash.data !== undefined && trash.data.entries.length > 0 && (
        <div className="flex items-center gap-3">
          <p className="min-w-0 flex-1 text-ink-2 text-sm">{summaryOf(trash.data)}</p>
          {!isReadOnly && (
            <Button variant="danger" size="sm" onClick={() => setDeletion('all')}>
              Empty trash…
            </Button>
          )}
        </div>
      )}
      {restore.error !== null && <RequestError error={restore.error} />}
      <LoadedRows
        label="Deleted files"
        what="the trash"
        query={query}
        empty={<p className="py-6 text-center text-ink-3 text-sm">The trash is empty.</p>}
      >
        {(item) => (
          <Row key={item.trash_id} title={shownPath(item.entry.name)} detail={detailOf(item, now)}>
            {!isReadOnly && (
              <>
                <Button
                  size="sm"
                  disabled={item.original_path === null}
                  isBusy={restore.isPending && restore.variables === item.trash_id}
                  onClick={() => restore.mutate(item.trash_id)}
                >
                  Restore
                </Button>
                <Button size="sm" variant="ghost" onClick={() => setDeletion(item)}>
                  Delete permanently…
                </Button>
              </>
            )}
          </Row>
        )}
      </LoadedRows>
      <ConfirmDialog
        isOpen={deletion !== null}
        onOpenChange={() => setDeletion(null)}
        title={
          deletion === null || deletion === 'all'
            ? 'Empty the trash?'
            : `Delete “${shownPath(deletion.entry.name)}” permanently?`
        }
        description="This can't be undone."
        action={deletion === 'all' ? 'Empty trash' : 'Delete permanently'}
        isDangerous
        request={remove}
        onConfirm={() => deletion !== null && remove.mutate(deletion)}
      />
    </div>
  );
}

function summaryOf({ entries, size, size_is_minimum: isMinimum, truncated }: TrashListing): string {
  const count = truncated ? `The last ${countOf(entries.length, 'item')}` : countOf(entries.length, 'item');
  return `${count}, ${isMinimum ? 'more than ' : ''}${formatBytes(size)}`;
}

function detailOf({ original_path: path, deleted_at: deletedAt }: TrashEntry, now: number): string {
  const from = path === null ? 'From an unknown place' : `From ${shownPath(path)}`;
  return deletedAt === null ? from : `${from}, deleted ${formatAgo(deletedAt, now)}`;
}
