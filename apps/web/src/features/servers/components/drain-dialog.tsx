'use client';

import type { ActiveChoice } from '@podex/contracts/moves';
import type { Server } from '@podex/contracts/servers';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { SelectField } from '#components/select-field.tsx';
import { countOf } from '#lib/format.ts';
import { useDrainServer } from '../api/server-moves.ts';
import { serversQuery } from '../api/servers-query.ts';
import { drainSentence } from '../model/drain-words.ts';
import { ACTIVE_CHOICES, targetsOf } from '../model/move-words.ts';

interface DrainDialogProps {
  server: Server;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Takes a server out of use, and its workspaces elsewhere. */
export function DrainDialog({ server, isOpen, onOpenChange }: DrainDialogProps) {
  const [move, setMove] = useState(true);
  const [active, setActive] = useState<ActiveChoice>('wait');
  const drain = useDrainServer(server.id);
  const isDrained = server.status === 'draining';
  const hasWorkspaces = server.workspaces > 0;

  /** The next time it opens, it does not keep what was left chosen. */
  function change(next: boolean) {
    setMove(true);
    setActive('wait');
    onOpenChange(next);
  }

  const input = { move: hasWorkspaces && (isDrained || move), active };
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onOpenChange={change}
      title={isDrained ? `Move what is left on ${server.name}?` : `Drain ${server.name}?`}
      description={
        <>
          <p>{drainSentence(input)}</p>
          {hasWorkspaces && !isDrained && (
            <label className="mt-3 flex items-center gap-2 text-ink">
              <input type="checkbox" checked={move} onChange={(event) => setMove(event.target.checked)} />
              Move its {countOf(server.workspaces, 'workspace')} to other servers
            </label>
          )}
          {input.move && (
            <div className="mt-3 flex flex-col gap-2">
              <SelectField
                label="Workspaces that run"
                value={active}
                options={ACTIVE_CHOICES}
                onChoose={setActive}
              />
              <NoTarget serverId={server.id} />
            </div>
          )}
        </>
      }
      action={isDrained ? 'Move' : 'Drain'}
      request={drain}
      onConfirm={() => drain.mutate(input, { onSuccess: () => change(false) })}
    />
  );
}

/** Said beforehand: moves to nowhere only wait. */
function NoTarget({ serverId }: { serverId: string }) {
  const { data: servers } = useQuery(serversQuery());
  if (servers === undefined || targetsOf(servers, serverId).length > 0) return null;
  return (
    <p className="text-warning">
      No other server is ready. Workspaces stay here until you add one with room.
    </p>
  );
}
