import { assertNever, PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import type { claimIdleInput } from '@podex/contracts/internal/compute';
import type { SettingValues } from '@podex/contracts/settings';
import type { KeepAliveInput, Workspace } from '@podex/contracts/workspaces';
import type { z } from 'zod';
import { SYSTEM } from '../../audit/append-audit.ts';
import type { Call } from '../../calls/call.ts';
import type { Db } from '../../database/connect.ts';
import type { Transact, Work } from '../../database/transact.ts';
import { appendEvents } from '../../events/event-store.ts';
import { topicOf } from '../../events/topics.ts';
import { type IdleStep, idlePauseReason, idleStopReason, nextIdleStep } from '../record/idle.ts';
import {
  claimIdle,
  type IdleRow,
  keepAlive,
  lockForIdle,
  readTurnUse,
  recordUse,
  recordWarning,
  releaseIdle,
  setIdlePolicy,
  touchWorkspaces,
} from '../record/idle-store.ts';
import { appendWorkspaceAudit } from '../record/workspace-audit.ts';
import { appendWorkspaceChanged } from '../record/workspace-events.ts';
import { presentWorkspace } from '../record/workspace-view.ts';
import { changeDesiredStatus, getOwnWorkspace, lockOwnWorkspace } from '../workspaces.ts';

export interface IdleStopsOptions {
  db: Db;
  transact: Transact;
  settings: { readonly values: Readonly<SettingValues> };
}

/** Stops workspaces that nobody uses. compute asks in turns which may be due, and says whether something runs in them. */
export class IdleStops {
  readonly #options: IdleStopsOptions;

  constructor(options: IdleStopsOptions) {
    this.#options = options;
  }

  async claim(input: z.output<typeof claimIdleInput>): Promise<{ workspace_id: WorkspaceId }[]> {
    const { db, settings } = this.#options;
    const { workspace_idle_timeout_seconds: set, workspace_idle_timeout_may_be_never: mayBeNever } =
      settings.values;
    await setIdlePolicy(db, { timeoutSeconds: set ?? input.timeout_seconds, mayBeNever });
    const pauseAfterSeconds = this.#pauseAfterSeconds;
    return (await claimIdle(db, input.max, { pauseAfterSeconds })).map((id) => ({ workspace_id: id }));
  }

  get #pauseAfterSeconds(): number | null {
    return this.#options.settings.values.workspace_pause_after_seconds || null;
  }

  /** Warns of the stop, pauses, stops, or does nothing: it may have been used or stopped meanwhile. */
  async decide(id: WorkspaceId, { isInUse }: { isInUse: boolean }): Promise<void> {
    await this.#options.transact(async (work) => {
      const row = await lockForIdle(work.tx, id);
      if (row === undefined) return;
      const turns = await readTurnUse(work.tx, id);
      const step = nextIdleStep({
        now: row.now,
        lastUseAt: row.last_active_at,
        timeoutSeconds: row.timeout_seconds,
        pauseAfterSeconds: row.status === 'paused' ? null : this.#pauseAfterSeconds,
        keepAliveUntil: row.keep_alive_until,
        warnedStopsAt: row.idle_stops_at,
        isInUse,
        ...turns,
      });
      await take(work, row, step, this.#pauseAfterSeconds ?? 0);
    });
  }

  /** Keys reach a terminal of one that is paused over a connection from before: that is a use, and it goes on. */
  async touch(ids: readonly WorkspaceId[]): Promise<void> {
    await this.#options.transact(async (work) => {
      const { warned, paused } = await touchWorkspaces(work.tx, ids);
      for (const row of paused) {
        await changeDesiredStatus(work, row.id, 'running');
        appendWorkspaceAudit(work, SYSTEM, row, 'workspace.started');
      }
      const told = new Set(paused.map(({ id }) => id));
      for (const id of warned.filter((other) => !told.has(other)).sort())
        await appendWorkspaceChanged(work, id);
    });
  }

  /** @throws PodexError workspace_not_running. */
  async keepAlive(id: WorkspaceId, { seconds }: KeepAliveInput, call: Call): Promise<Workspace> {
    const { db, transact } = this.#options;
    await transact(async (work) => {
      const row = await lockOwnWorkspace(work, call, id);
      if (row.desired_status !== 'running') {
        const { status } = row;
        throw new PodexError('workspace_not_running', `The workspace is ${status}. Start it first.`, {
          status,
        });
      }
      await keepAlive(work.tx, id, seconds);
      await appendWorkspaceChanged(work, id);
    });
    return presentWorkspace(await getOwnWorkspace(db, call.actor, id));
  }
}

async function take(work: Work, row: IdleRow, step: IdleStep, pauseAfterSeconds: number): Promise<void> {
  const { id } = row;
  switch (step.kind) {
    case 'nothing':
      await releaseIdle(work.tx, id);
      return;
    case 'used':
      await recordUse(work.tx, id, step.at);
      if (row.idle_stops_at !== null) await appendWorkspaceChanged(work, id);
      return;
    case 'forget_warning':
      await recordWarning(work.tx, id, null);
      await appendWorkspaceChanged(work, id);
      return;
    case 'warn':
      await recordWarning(work.tx, id, step.stopsAt);
      await appendEvents(work, topicOf.workspace(id), [
        { type: 'workspace.stopping_soon', workspace_id: id, stops_at: step.stopsAt.toISOString() },
      ]);
      return;
    case 'pause':
      await changeDesiredStatus(work, id, 'paused', idlePauseReason(pauseAfterSeconds));
      appendWorkspaceAudit(work, SYSTEM, row, 'workspace.paused', {
        pause_after_seconds: pauseAfterSeconds,
      });
      return;
    case 'stop': {
      const timeoutSeconds = row.timeout_seconds ?? 0;
      await changeDesiredStatus(work, id, 'stopped', idleStopReason(timeoutSeconds));
      appendWorkspaceAudit(work, SYSTEM, row, 'workspace.stopped', { idle_timeout_seconds: timeoutSeconds });
      return;
    }
    default:
      assertNever(step);
  }
}
