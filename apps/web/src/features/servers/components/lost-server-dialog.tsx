'use client';

import type { ServerWorkspace } from '@podex/contracts/moves';
import type { Server } from '@podex/contracts/servers';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { Form, fieldText } from '#components/form.tsx';
import { Loaded } from '#components/loaded.tsx';
import { Row } from '#components/row.tsx';
import { countOf } from '#lib/format.ts';
import { useRemoveServer } from '../api/change-server.ts';
import { serverWorkspacesQuery } from '../api/server-moves.ts';
import { WorkspaceStanding } from './workspace-standing.tsx';

interface LostServerDialogProps {
  server: Server;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  onRemoved: () => void;
}

/** Removes a server that is gone for good. Says first whose files go with it. */
export function LostServerDialog({ server, isOpen, onOpenChange, onRemoved }: LostServerDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={`${server.name} is lost`}
      description="Only for a server whose disk is gone for good. This can’t be undone."
    >
      <LostWorkspaces server={server} onCancel={() => onOpenChange(false)} onRemoved={onRemoved} />
    </Dialog>
  );
}

interface LostWorkspacesProps {
  server: Server;
  onCancel: () => void;
  onRemoved: () => void;
}

function LostWorkspaces({ server, ...rest }: LostWorkspacesProps) {
  const workspaces = useQuery(serverWorkspacesQuery(server.id));
  return (
    <Loaded query={workspaces} what="its workspaces">
      {(loaded) => <LostServerForm server={server} workspaces={loaded} {...rest} />}
    </Loaded>
  );
}

interface LostServerFormProps extends LostWorkspacesProps {
  workspaces: readonly ServerWorkspace[];
}

function LostServerForm({ server, workspaces, onCancel, onRemoved }: LostServerFormProps) {
  const [problem, setProblem] = useState<string>();
  const remove = useRemoveServer(server.id, onRemoved);

  function onSubmit(values: FormData) {
    const confirm = fieldText(values, 'confirm').trim();
    setProblem(confirm === server.name ? undefined : `Type ${server.name}.`);
    if (confirm === server.name) remove.mutate({ confirm });
  }

  return (
    <Form request={remove} action="Give up these files" isDangerous onCancel={onCancel} onSubmit={onSubmit}>
      <p className="text-sm">
        The files of {countOf(workspaces.length, 'workspace')} are lost with it. Their owners see them as
        failed, and can start them again with an empty home or delete them.
      </p>
      <ul
        aria-label="Lost with the server"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard
        tabIndex={0}
        className="max-h-56 divide-y divide-line overflow-y-auto rounded-md border"
      >
        {workspaces.map((workspace) => (
          <Row key={workspace.id} title={workspace.name} detail={workspace.owner.email}>
            <WorkspaceStanding workspace={workspace} />
          </Row>
        ))}
      </ul>
      <TextField
        label={`Type ${server.name} to confirm`}
        name="confirm"
        autoComplete="off"
        spellCheck={false}
        error={problem}
      />
    </Form>
  );
}
