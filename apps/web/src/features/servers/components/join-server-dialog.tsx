'use client';

import { type CreatedJoinToken, createJoinTokenInput } from '@podex/contracts/join-tokens';
import { Terminal } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { Dialog } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { useCreateJoinToken } from '../api/join-tokens-query.ts';
import { JoinCommand } from './join-command.tsx';

/** Opens the dialog that ends in one command for the new server. */
export function JoinServerButton() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Terminal aria-hidden className="size-4" />
        Join with one command
      </Button>
      <JoinServerDialog isOpen={isOpen} onOpenChange={setOpen} />
    </>
  );
}

interface JoinServerDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

function JoinServerDialog({ isOpen, onOpenChange }: JoinServerDialogProps) {
  const [created, setCreated] = useState<CreatedJoinToken>();

  function close() {
    onOpenChange(false);
    setCreated(undefined);
  }

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={(next) => (next ? onOpenChange(true) : close())}
      width="lg"
      title={created === undefined ? 'Join a server with one command' : `Run this on ${created.name}`}
      description={created === undefined ? INTRODUCTION : introduce(created)}
    >
      {created === undefined ? (
        <JoinServerForm onCancel={close} onCreated={setCreated} />
      ) : (
        <JoinCommand created={created} onDone={close} />
      )}
    </Dialog>
  );
}

const INTRODUCTION =
  'You get a command to run on the server. It makes a private key there, gets a certificate for it and sets up Docker.';

function introduce({ hostname, server_id: serverId }: CreatedJoinToken): string {
  const what =
    serverId === null
      ? 'The server then appears in the list.'
      : 'The server is registered already; it gets a new key and certificate, and keeps its workspaces.';
  return `As root, once, on the machine at ${hostname}. ${what} The command is shown only now.`;
}

interface JoinServerFormProps {
  onCancel: () => void;
  onCreated: (created: CreatedJoinToken) => void;
}

function JoinServerForm({ onCancel, onCreated }: JoinServerFormProps) {
  const [problems, setProblems] = useState<Partial<Record<string, string>>>({});
  const create = useCreateJoinToken();

  function onSubmit(form: FormData) {
    const input = createJoinTokenInput.safeParse({
      name: fieldText(form, 'name').trim(),
      hostname: fieldText(form, 'hostname').trim(),
      docker_port: Number(fieldText(form, 'docker_port')),
    });
    setProblems(
      input.success
        ? {}
        : Object.fromEntries(
            input.error.issues.map(({ path: [field = ''] }) => [String(field), PROBLEMS[String(field)]]),
          ),
    );
    if (input.success) create.mutate(input.data, { onSuccess: onCreated });
  }

  return (
    <Form request={create} action="Create command" onCancel={onCancel} onSubmit={onSubmit}>
      <div className="grid gap-4 sm:grid-cols-6">
        <div className="sm:col-span-2">
          <TextField
            label="Name"
            name="name"
            placeholder="workspace-1"
            autoComplete="off"
            autoFocus
            error={problems.name}
          />
        </div>
        <div className="sm:col-span-3">
          <TextField
            label="Address"
            name="hostname"
            placeholder="10.0.1.7"
            autoComplete="off"
            hint="Where Podex reaches it, best on a private network."
            error={problems.hostname}
          />
        </div>
        <TextField
          label="Docker port"
          name="docker_port"
          defaultValue="2376"
          inputMode="numeric"
          autoComplete="off"
          error={problems.docker_port}
        />
      </div>
    </Form>
  );
}

const PROBLEMS: Partial<Record<string, string>> = {
  name: 'Use lower-case letters, digits and dashes.',
  hostname: 'Enter an IP address or a host name.',
  docker_port: 'Enter a port.',
};
