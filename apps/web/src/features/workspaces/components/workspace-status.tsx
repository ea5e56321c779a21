import type { Workspace } from '@podex/contracts/workspaces';
import { Status } from '#components/badge.tsx';
import { standingOf } from '../model/workspace-status.ts';

export function WorkspaceStatus({ workspace }: { workspace: Workspace }) {
  const { label, tone, isBusy } = standingOf(workspace);
  return (
    <Status tone={tone} isBusy={isBusy}>
      {label}
    </Status>
  );
}
