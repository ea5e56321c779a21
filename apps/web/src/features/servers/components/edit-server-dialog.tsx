'use client';

import type { Server } from '@podex/contracts/servers';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { Form } from '#components/form.tsx';
import { useUpdateServer } from '../api/change-server.ts';
import { type Problems, readChangedServer } from '../model/server-form.ts';
import { ServerFields } from './server-fields.tsx';

interface EditServerDialogProps {
  server: Server;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function EditServerDialog({ server, isOpen, onOpenChange }: EditServerDialogProps) {
  const isLocal = server.tls_ca_path === null;
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      width="lg"
      title={`Edit ${server.name}`}
      description={
        isLocal ? undefined : 'It is checked again when anything but its labels and region changes.'
      }
    >
      <EditServerForm server={server} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function EditServerForm({ server, onDone }: { server: Server; onDone: () => void }) {
  const [problems, setProblems] = useState<Problems>({});
  const update = useUpdateServer(server.id);

  function onSubmit(values: FormData) {
    const read = readChangedServer(values);
    setProblems('problems' in read ? read.problems : {});
    if ('input' in read) update.mutate(changesOf(read.input, server), { onSuccess: onDone });
  }

  return (
    <Form request={update} action="Save" onCancel={onDone} onSubmit={onSubmit}>
      <ServerFields server={server} problems={problems} />
    </Form>
  );
}

/** What is as it was is not sent: a change of labels alone needs no check. */
function changesOf<Input extends object>(input: Input, server: Server): Input {
  const before = new Map<string, unknown>(Object.entries(server));
  const isChanged = ([name, value]: [string, unknown]) =>
    typeof value === 'object' || before.get(name) !== value;
  return Object.fromEntries(Object.entries(input).filter(isChanged)) as Input;
}
