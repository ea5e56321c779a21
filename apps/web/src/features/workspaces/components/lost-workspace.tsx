import type { Workspace } from '@podex/contracts/workspaces';
import { Notice } from '#components/notice.tsx';

/** Over a workspace whose server stopped answering while it was open. */
export function LostWorkspace({ workspace }: { workspace: Workspace }) {
  return (
    <div className="shrink-0 border-b p-2">
      <Notice tone="warning" isAlert title="Its server does not answer">
        {workspace.reason ?? 'What you see may be old. It goes on when the server is back.'}
      </Notice>
    </div>
  );
}
