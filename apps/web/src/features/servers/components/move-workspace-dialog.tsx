'use client';

import type { ServerId } from '@podex/contracts/ids';
import type { ActiveChoice, ServerWorkspace } from '@podex/contracts/moves';
import type { Server } from '@podex/contracts/servers';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { Form } from '#components/form.tsx';
import { Loaded } from '#components/loaded.tsx';
import { Notice } from '#components/notice.tsx';
import { SelectField } from '#components/select-field.tsx';
import { useMoveToServer } from '../api/server-moves.ts';
import { serversQuery } from '../api/servers-query.ts';
import { ACTIVE_CHOICES_FOR_ONE, isActive, KEPT_AND_LOST, targetsOf } from '../model/move-words.ts';

const ANY = 'any';

interface MoveWorkspaceDialogProps {
  workspace: ServerWorkspace;
  serverId: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Sends one workspace to another server. */
export function MoveWorkspaceDialog(props: MoveWorkspaceDialogProps) {
  const { workspace, serverId, isOpen, onOpenChange } = props;
  const servers = useQuery(serversQuery());
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={`Move ${workspace.name} to another server`}
      description={KEPT_AND_LOST}
      width="sm"
    >
      <Loaded query={servers} what="the servers">
        {(loaded) => (
          <MoveForm
            workspace={workspace}
            targets={targetsOf(loaded, serverId)}
            onDone={() => onOpenChange(false)}
          />
        )}
      </Loaded>
    </Dialog>
  );
}

interface MoveFormProps {
  workspace: ServerWorkspace;
  targets: readonly Server[];
  onDone: () => void;
}

function MoveForm({ workspace, targets, onDone }: MoveFormProps) {
  const [target, setTarget] = useState<ServerId | typeof ANY>(ANY);
  const [active, setActive] = useState<ActiveChoice>('wait');
  const move = useMoveToServer(workspace.id);

  function onSubmit() {
    const input = { active, ...(target === ANY ? {} : { server: target }) };
    move.mutate(input, { onSuccess: onDone });
  }

  return (
    <Form request={move} action="Move" onCancel={onDone} onSubmit={onSubmit}>
      <SelectField
        label="Move to"
        value={target}
        options={[
          { value: ANY, label: 'Any server with room' },
          ...targets.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChoose={setTarget}
      />
      {isActive(workspace) && (
        <SelectField
          label="It is in use"
          value={active}
          options={ACTIVE_CHOICES_FOR_ONE}
          onChoose={setActive}
        />
      )}
      {targets.length === 0 && (
        <Notice tone="warning">No other server is ready. It stays here until you add one with room.</Notice>
      )}
    </Form>
  );
}
