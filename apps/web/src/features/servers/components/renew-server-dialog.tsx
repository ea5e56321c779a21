'use client';

import type { CreatedJoinToken } from '@podex/contracts/join-tokens';
import type { Server } from '@podex/contracts/servers';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { Form } from '#components/form.tsx';
import { useRenewServer } from '../api/join-tokens-query.ts';
import { restartWords } from '../model/restart-words.ts';
import { JoinCommand } from './join-command.tsx';

interface RenewServerDialogProps {
  server: Server;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Ends in one command for a server that joined by itself. */
export function RenewServerDialog({ server, isOpen, onOpenChange }: RenewServerDialogProps) {
  const [created, setCreated] = useState<CreatedJoinToken>();
  const renew = useRenewServer(server.id);

  function close() {
    onOpenChange(false);
    setCreated(undefined);
  }

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={(next) => (next ? onOpenChange(true) : close())}
      width="lg"
      title={created === undefined ? `Renew the certificate of ${server.name}` : `Run this on ${server.name}`}
      description={
        created === undefined
          ? `You get a command to run on the server. It makes a new private key there, gets a certificate for it and restarts Docker. ${restartWords(server)}`
          : `As root, once, on the machine at ${created.hostname}. The command is shown only now.`
      }
    >
      {created === undefined ? (
        <Form
          request={renew}
          action="Create command"
          onCancel={close}
          onSubmit={() => renew.mutate(undefined, { onSuccess: setCreated })}
        >
          {null}
        </Form>
      ) : (
        <JoinCommand created={created} onDone={close} />
      )}
    </Dialog>
  );
}
