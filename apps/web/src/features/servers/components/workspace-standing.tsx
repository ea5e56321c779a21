import type { ServerWorkspace } from '@podex/contracts/moves';
import { Status } from '#components/badge.tsx';
import { standingOf } from '../model/workspace-words.ts';

export function WorkspaceStanding({ workspace }: { workspace: ServerWorkspace }) {
  const { label, tone, isBusy } = standingOf(workspace);
  return (
    <Status tone={tone} isBusy={isBusy}>
      {label}
    </Status>
  );
}
