import type { Workspace } from '@podex/contracts/workspaces';
import { Notice } from '#components/notice.tsx';

/** Shown above a workspace whose server became unreachable while it was open. */
export function LostWorkspace({ workspace }: { workspace: Workspace }) {
  return (
    <div className="shrink-0 border-b p-2">
      <Notice tone="warning" isAlert title="Can't reach the server">
        {workspace.reason ??
          'What you see may be out of date. The workspace continues once the server is back.'}
      </Notice>
    </div>
  );
}
