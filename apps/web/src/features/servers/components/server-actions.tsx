'use client';

import type { Server } from '@podex/contracts/servers';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { type ServerAction, useServerAction } from '../api/change-server.ts';
import { EditServerDialog } from './edit-server-dialog.tsx';

type OpenDialog = 'drain' | 'edit' | 'delete';

/** What can be done with a server. */
export function ServerActions({ server, onRemoved }: { server: Server; onRemoved: () => void }) {
  const [open, setOpen] = useState<OpenDialog | undefined>();
  const action = useServerAction(server.id);
  const isSetAside = server.status === 'draining' || server.status === 'maintenance';
  const close = () => setOpen(undefined);
  const run = (name: ServerAction) =>
    action.mutate(name, {
      onError: (error) => toast.error(`Could not ${name} ${server.name}`, { description: messageOf(error) }),
    });
  const dialog = (name: OpenDialog) => ({
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
        <Button disabled={action.isPending} onClick={() => run('activate')}>
          Activate
        </Button>
      ) : (
        <Button disabled={action.isPending} onClick={() => setOpen('drain')}>
          Drain
        </Button>
      )}
      <Button onClick={() => setOpen('edit')}>Edit</Button>
      <Button onClick={() => setOpen('delete')}>Remove</Button>
      <ConfirmDialog
        {...dialog('drain')}
        title={`Drain ${server.name}?`}
        description="It gets no new workspaces. What runs there goes on."
        action="Drain"
        request={action}
        onConfirm={() => action.mutate('drain', { onSuccess: close })}
      />
      <ConfirmDialog
        {...dialog('delete')}
        title={`Remove ${server.name}?`}
        description="Podex forgets the server. Nothing on it is touched. A server that has workspaces can’t be removed."
        action="Remove server"
        isDangerous
        request={action}
        onConfirm={() => action.mutate('delete', { onSuccess: onRemoved })}
      />
      <EditServerDialog server={server} {...dialog('edit')} />
    </>
  );
}
