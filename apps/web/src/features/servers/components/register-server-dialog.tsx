'use client';

import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { Form } from '#components/form.tsx';
import { useRegisterServer } from '../api/change-server.ts';
import { type Problems, readNewServer } from '../model/server-form.ts';
import { ServerFields } from './server-fields.tsx';

interface RegisterServerDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function RegisterServerDialog({ isOpen, onOpenChange }: RegisterServerDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      width="lg"
      title="Add server"
      description="It takes workspaces once it has passed its checks. The certificate paths are on the disk of the compute service."
    >
      <RegisterServerForm onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function RegisterServerForm({ onDone }: { onDone: () => void }) {
  const [problems, setProblems] = useState<Problems>({});
  const register = useRegisterServer();

  function onSubmit(values: FormData) {
    const read = readNewServer(values);
    setProblems('problems' in read ? read.problems : {});
    if ('input' in read) register.mutate(read.input, { onSuccess: onDone });
  }

  return (
    <Form request={register} action="Add server" onCancel={onDone} onSubmit={onSubmit}>
      <ServerFields problems={problems} />
      <p className="text-ink-2 text-xs">
        No certificates yet? <code className="font-mono">podex servers join</code>, run on the new server,
        makes them and adds it.
      </p>
    </Form>
  );
}
