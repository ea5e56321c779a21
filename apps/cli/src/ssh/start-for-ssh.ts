import { type Workspace, type WorkspaceStatus, workspace } from '@podex/contracts/workspaces';
import type { AskApi } from '../connection/api-request.ts';
import { waitForStatus } from '../workspaces/wait-for-status.ts';

const IS_ON_ITS_WAY: ReadonlySet<WorkspaceStatus> = new Set(['running', 'creating']);

/** Starts it when it does not run, and waits; how that goes is shown on standard error. */
export async function startForSsh(ask: AskApi, found: Workspace): Promise<Workspace> {
  if (found.status === 'running') return found;
  const path = `/api/workspaces/${found.id}/start?wait_ms=0`;
  const now = IS_ON_ITS_WAY.has(found.status)
    ? found
    : await ask({ method: 'POST', path, schema: workspace });
  return (await waitForStatus(ask, now, 'running')) ?? now;
}
