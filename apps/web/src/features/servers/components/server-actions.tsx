'use client';

import type { Server } from '@podex/contracts/servers';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { type ServerAction, useServerAction } from '../api/change-server.ts';
import { hasOpenMoves } from '../model/drain-words.ts';
import { DrainDialog } from './drain-dialog.tsx';
import { EditServerDialog } from './edit-server-dialog.tsx';
import { LostServerDialog } from './lost-server-dialog.tsx';
import { RemoveServerDialog } from './remove-server-dialog.tsx';
import { RenewServerDialog } from './renew-server-dialog.tsx';

type OpenDialog = 'drain' | 'activate' | 'edit' | 'renew' | 'remove' | 'lost';

/** What can be done with a server. */
export function ServerActions({ server, onRemoved }: { server: Server; onRemoved: () => void }) {
  const [open, setOpen] = useState<OpenDialog | undefined>();
  const action = useServerAction(server.id);
  const isSetAside = server.status === 'draining' || server.status === 'maintenance';
  const run = (name: ServerAction) =>
    action.mutate(name, {
      onError: (error) => toast.error(`Could not ${name} ${server.name}`, { description: messageOf(error) }),
    });
  const dialog = (name: OpenDialog) => ({
    server,
    isOpen: open === name,
    onOpenChange: (isOpen: boolean) => setOpen(isOpen ? name : undefined),
  });
  return (
    <>
      <Button
        variant="primary"
        isBusy={action.isPending && action.variables === 'check'}
        disabled={action.isPending}
        onClick={() => run('check')}
      >
        Check now
      </Button>
      {isSetAside ? (
        <Button
          disabled={action.isPending}
          onClick={() => (hasOpenMoves(server) ? setOpen('activate') : run('activate'))}
        >
          Activate
        </Button>
      ) : (
        <Button disabled={action.isPending} onClick={() => setOpen('drain')}>
          Drain
        </Button>
      )}
      <Button onClick={() => setOpen('edit')}>Edit</Button>
      {server.enrolled && <Button onClick={() => setOpen('renew')}>Renew certificate</Button>}
      <Button onClick={() => setOpen('remove')}>Remove</Button>
      <DrainDialog {...dialog('drain')} />
      <ConfirmDialog
        {...dialog('activate')}
        title={`Activate ${server.name}?`}
        description="It takes new workspaces again. Moves that have not begun are cancelled. A workspace that is being copied is still moved."
        action="Activate"
        request={action}
        onConfirm={() => action.mutate('activate', { onSuccess: () => setOpen(undefined) })}
      />
      <RemoveServerDialog
        {...dialog('remove')}
        onMove={() => setOpen('drain')}
        onLost={() => setOpen('lost')}
        onRemoved={onRemoved}
      />
      <LostServerDialog {...dialog('lost')} onRemoved={onRemoved} />
      <EditServerDialog {...dialog('edit')} />
      <RenewServerDialog {...dialog('renew')} />
    </>
  );
}
