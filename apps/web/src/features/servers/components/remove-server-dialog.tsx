'use client';

import type { Server } from '@podex/contracts/servers';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { countOf } from '#lib/format.ts';
import { useRemoveServer } from '../api/change-server.ts';
import { mayBeLost } from '../model/drain-words.ts';

interface RemoveServerDialogProps {
  server: Server;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  onMove: () => void;
  onLost: () => void;
  onRemoved: () => void;
}

/** Removes an empty server at once; of one with workspaces it asks what is to become of these. */
export function RemoveServerDialog(props: RemoveServerDialogProps) {
  const { server, isOpen, onOpenChange, onMove, onLost, onRemoved } = props;
  const remove = useRemoveServer(server.id, onRemoved);
  if (server.workspaces === 0) {
    return (
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={onOpenChange}
        title={`Remove ${server.name}?`}
        description="Podex forgets the server. Nothing on it is touched."
        action="Remove server"
        isDangerous
        request={remove}
        onConfirm={() => remove.mutate({})}
      />
    );
  }
  const isMaybeLost = mayBeLost(server);
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={`${server.name} has ${countOf(server.workspaces, 'workspace')}`}
      description={
        <>
          <p>Their files are on this server. Move them to other servers, and remove it once it is empty.</p>
          {isMaybeLost && (
            <p className="mt-2">
              Moves begin when the server responds again. If it never will, its files can only be given up.
            </p>
          )}
        </>
      }
      action="Move them first"
      onConfirm={onMove}
      extraAction={isMaybeLost && <Button onClick={onLost}>The server is lost…</Button>}
    />
  );
}
