import { PodexError } from '@podex/contracts/errors';
import { newId, type WorkspaceId } from '@podex/contracts/ids';
import type { claimWorkspacesInput, ObserveSetupInput, SetupTask } from '@podex/contracts/internal/compute';
import type { Workspace } from '@podex/contracts/workspaces';
import type { Selectable } from 'kysely';
import type { z } from 'zod';
import type { Call } from '../../calls/call.ts';
import type { Db } from '../../database/connect.ts';
import type { Workspace as Row } from '../../database/generated/rows.ts';
import type { Transact } from '../../database/transact.ts';
import { longPoll } from '../../events/long-poll.ts';
import type { Wakeups } from '../../events/wakeup.ts';
import { appendWorkspaceAudit } from '../record/workspace-audit.ts';
import { appendWorkspaceChanged, SETUP_WORK_CHANNEL } from '../record/workspace-events.ts';
import { presentWorkspace } from '../record/workspace-view.ts';
import { getOwnWorkspace, lockOwnWorkspace } from '../workspaces.ts';
import {
  claimSetups,
  lockLeasedSetup,
  msUntilNextSetup,
  recordSetup,
  SETUP_LEASE_MS,
  type SetupSeen,
} from './setup-store.ts';

export interface SetupsOptions {
  db: Db;
  wakeups: Wakeups;
  transact: Transact;
}

/** What is done in a workspace after its first start, such as the clone of its repository: handed out to compute, and tried again. */
export class Setups {
  readonly #options: SetupsOptions;

  constructor(options: SetupsOptions) {
    this.#options = options;
  }

  /** Waits up to `wait_ms` for work; answers with nothing after that. */
  async claim(input: z.output<typeof claimWorkspacesInput>, signal: AbortSignal): Promise<SetupTask[]> {
    const { db, wakeups } = this.#options;
    const rows = await longPoll({
      wakeups,
      channels: [SETUP_WORK_CHANNEL],
      waitMs: input.wait_ms,
      signal,
      attempt: async () => {
        const claimed = await claimSetups(db, input.max, input.worker_id);
        return claimed.length === 0 ? undefined : claimed;
      },
      msUntilNext: () => msUntilNextSetup(db, input.worker_id),
    });
    return (rows ?? []).flatMap(toSetupTask);
  }

  /** @throws PodexError workspace_changed when the lease is another’s by now. */
  async observe(id: WorkspaceId, input: ObserveSetupInput): Promise<void> {
    await this.#options.transact(async (work) => {
      const row = await lockLeasedSetup(work.tx, id, input.lease_token);
      if (row === undefined) {
        throw new PodexError('workspace_changed', 'Another worker has the setup by now.', {});
      }
      const seen = settle(input, row);
      await recordSetup(work.tx, id, seen);
      const isNews = row.setup_status !== seen.status || row.setup_reason !== seen.reason;
      if (isNews) await appendWorkspaceChanged(work, id);
      if (seen.status === 'running') work.wake(SETUP_WORK_CHANNEL);
    });
  }

  /** Does what failed again. Nothing happens while it is being done. @throws PodexError conflict when nothing failed. */
  async retry(id: WorkspaceId, call: Call): Promise<Workspace> {
    const { db, transact } = this.#options;
    await transact(async (work) => {
      const row = await lockOwnWorkspace(work, call, id);
      if (row.setup_status === 'running') return;
      if (row.setup_status !== 'failed') {
        throw new PodexError('conflict', 'No part of its setup failed, so there is nothing to retry.', {});
      }
      await recordSetup(work.tx, id, { status: 'running', reason: null, commandId: newId('command') });
      await appendWorkspaceChanged(work, id);
      appendWorkspaceAudit(work, call, row, 'workspace.setup_retried', { step: row.setup_step });
      work.wake(SETUP_WORK_CHANNEL);
    });
    return presentWorkspace(await getOwnWorkspace(db, call.actor, id));
  }
}

/** What is kept of an observation. What fails while the workspace is being stopped was cut off by that. */
function settle(
  { status, reason, retry_in_ms: retryInMs }: ObserveSetupInput,
  row: Selectable<Row>,
): SetupSeen {
  const isStopped = status === 'failed' && row.desired_status !== 'running';
  if (isStopped || status === 'interrupted') {
    return { status: 'running', reason: null, commandId: newId('command') };
  }
  return {
    status,
    reason: status === 'done' ? null : reason,
    ...(retryInMs === undefined ? {} : { retryInMs }),
  };
}

function toSetupTask(row: Selectable<Row>): SetupTask[] {
  const {
    setup_step: step,
    setup_command_id: commandId,
    setup_lease_token: leaseToken,
    git_url: gitUrl,
  } = row;
  if (step === null || commandId === null || leaseToken === null || gitUrl === null) return [];
  return [
    {
      workspace_id: row.id,
      lease_token: leaseToken,
      lease_ttl_ms: SETUP_LEASE_MS,
      step,
      command_id: commandId,
      git_url: gitUrl,
      branch: row.branch,
    },
  ];
}
