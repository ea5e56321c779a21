import { PodexError } from '@podex/contracts/errors';
import { newId, type ServerId } from '@podex/contracts/ids';
import {
  fleetSettings,
  type Leftover,
  type localServerInput,
  type ObserveContainersResult,
  type ObserveServerInput,
  type observeContainersInput,
  type ServerProgressInput,
  type ServerSnapshot,
} from '@podex/contracts/internal/compute';
import type { SettingValues } from '@podex/contracts/settings';
import type { z } from 'zod';
import { readClock } from '../../database/clock.ts';
import type { Db } from '../../database/connect.ts';
import type { Transact, Work } from '../../database/transact.ts';
import { topicChannel, topicOf } from '../../events/topics.ts';
import type { Wakeups } from '../../events/wakeup.ts';
import { findOwners } from '../../pool/pool-store.ts';
import { appendServerChanged } from '../../servers/server-events.ts';
import {
  findServer,
  holdServer,
  listAllServers,
  recordServerObservation,
  recordServerProgress,
  type ServerRow,
  upsertLocalServer,
} from '../../servers/server-store.ts';
import { toServerRecord } from '../../servers/server-view.ts';
import { SERVER_WORK_CHANNEL } from '../../servers/server-work-channel.ts';
import { listReaching, noteWorker, recordSighting } from '../../servers/sighting-store.ts';
import { watcherOf } from '../../servers/watcher.ts';
import { SETTINGS_READ_CHANNEL } from '../../settings/settings-channel.ts';
import { leaveFailingServer } from '../moves/first-starts.ts';
import {
  deleteLeftover,
  type LeaveCause,
  listForeignContainers,
  listLeftovers,
} from '../record/leftover-store.ts';
import { appendWorkspaceChanged, WORKSPACE_WORK_CHANNEL } from '../record/workspace-events.ts';
import { listWorkspacesOfServer, unsettleStrayContainers } from '../record/workspace-work-store.ts';
import { interruptLost } from './interruptions.ts';

export interface ServerWorkOptions {
  db: Db;
  transact: Transact;
  wakeups: Wakeups;
  settings: { readonly values: Readonly<SettingValues> };
}

/** The side of a server that compute works on. */
export class ServerWork {
  readonly #db: Db;
  readonly #transact: Transact;
  readonly #wakeups: Wakeups;
  readonly #settings: ServerWorkOptions['settings'];

  constructor({ db, transact, wakeups, settings }: ServerWorkOptions) {
    this.#db = db;
    this.#wakeups = wakeups;
    this.#transact = transact;
    this.#settings = settings;
  }

  /** @param workerId the compute that asks, which lives; undefined for one that only looks. */
  async snapshot(workerId?: string): Promise<ServerSnapshot> {
    if (workerId !== undefined) await noteWorker(this.#db, workerId);
    const leftovers = await listLeftovers(this.#db);
    const items = (await listAllServers(this.#db)).map((row) => ({
      ...toServerRecord(row),
      leftovers: leftovers.filter((leftover) => leftover.server_id === row.id).map(toLeftover),
    }));
    const reaching = workerId === undefined ? new Map<ServerId, string[]>() : await listReaching(this.#db);
    return {
      now: (await readClock(this.#db)).toISOString(),
      items,
      settings: fleetSettings.parse(this.#settings.values),
      watched: [...reaching].filter(([id, workers]) => watcherOf(id, workers) === workerId).map(([id]) => id),
    };
  }

  /** Waits until the snapshot may be another. Asks no database: who missed a message looks now and then. */
  async news(waitMs: number, signal: AbortSignal): Promise<boolean> {
    using wakeup = this.#wakeups.on([SERVER_WORK_CHANNEL, SETTINGS_READ_CHANNEL]);
    return (await wakeup.wait({ signal, timeoutMs: waitMs })) === 'woken';
  }

  async putLocal(input: z.output<typeof localServerInput>): Promise<ServerId> {
    return this.#transact(async (work) => {
      const id = await upsertLocalServer(work.tx, newId('server'), input);
      work.wake(topicChannel(topicOf.servers));
      work.wake(SERVER_WORK_CHANNEL);
      return id;
    });
  }

  /**
   * Ignores what was seen of an older registration: it may be another machine. Of computes that see different things, those who reach the
   * server are right, and one of them speaks for all: it would else be ready and unreachable by turns.
   *
   * @returns whether it is what is shown from now on.
   */
  async observe(id: ServerId, input: ObserveServerInput): Promise<boolean> {
    return this.#transact(async (work) => {
      await requireServer(work, id);
      const before = await findServer(work.tx, id);
      if (before === undefined || input.version < before.version) return false;
      if (!(await isDecisive(work, before, input))) return false;
      await recordServerObservation(work.tx, id, input);
      const cause = causeToLeave(before, input);
      if (cause !== undefined) await leaveFailingServer(work, before, cause);
      // A caller that waits for a check is woken even when it found nothing new.
      work.wake(topicChannel(topicOf.servers));
      if (before.observed_status === input.status && before.reason === input.reason) return true;
      await appendServerChanged(work, id);
      const isOrWasSilent = (before.observed_status === 'unreachable') !== (input.status === 'unreachable');
      if (isOrWasSilent) await appendWorkspacesChanged(work, id);
      return true;
    });
  }

  async reportProgress(id: ServerId, input: ServerProgressInput): Promise<void> {
    await this.#transact(async (work) => {
      await requireServer(work, id);
      await recordServerProgress(work.tx, id, input);
    });
  }

  /** Container and folder are gone. */
  async forgetLeftover(storageKey: string): Promise<void> {
    await this.#transact(({ tx }) => deleteLeftover(tx, storageKey));
  }

  async observeContainers(
    id: ServerId,
    input: z.output<typeof observeContainersInput>,
  ): Promise<ObserveContainersResult> {
    return this.#transact(async (work) => {
      await requireServer(work, id);
      const { claimed, unknown } = await ownersOfSlots(work, id, input.slots);
      const foreign = await listForeignContainers(work.tx, id, input.containers);
      const running = input.containers.filter(
        ({ running: isRunning, container_id }) => isRunning && !foreign.includes(container_id),
      );
      const seen = {
        serverId: id,
        seenAt: new Date(input.seen_at),
        running: [...running, ...claimed.filter((container) => container.running)].map(
          (container) => container.workspace_id,
        ),
        paused: running.filter(({ paused }) => paused === true).map((container) => container.workspace_id),
        awake: running.filter(({ paused }) => paused === false).map((container) => container.workspace_id),
      };
      await interruptLost(work, seen);
      if (await unsettleStrayContainers(work.tx, seen)) work.wake(WORKSPACE_WORK_CHANNEL);
      const reachable = claimed.filter(({ is_pending: isPending }) => !isPending);
      return {
        claimed: reachable.map(({ storage_key, workspace_id }) => ({ storage_key, workspace_id })),
        unknown,
        foreign,
      };
    });
  }
}

/** A check may fail once because the server has much to do: what is started there once more would only be more. */
function causeToLeave(
  before: Pick<ServerRow, 'observed_status'>,
  { status }: ObserveServerInput,
): LeaveCause | undefined {
  if (status === 'ready' || (status === 'unfit' && before.observed_status !== 'unfit')) return undefined;
  return status;
}

function toLeftover({ storage_key, workspace_id }: Leftover): Leftover {
  return { storage_key, workspace_id };
}

async function isDecisive(work: Work, before: ServerRow, input: ObserveServerInput): Promise<boolean> {
  const { worker_id: workerId, version, status } = input;
  const isReached = status !== 'unreachable';
  await recordSighting(work.tx, before.id, { workerId, version, isReached });
  const others = ((await listReaching(work.tx, before.id)).get(before.id) ?? []).filter(
    (one) => one !== workerId,
  );
  if (!isReached) return others.length === 0;
  const isNews = before.checked_version < version || before.observed_status === 'unreachable';
  return isNews || watcherOf(before.id, [...others, workerId]) === workerId;
}

async function requireServer(work: Work, id: ServerId): Promise<void> {
  if (await holdServer(work.tx, id)) return;
  throw new PodexError('server_not_found', 'There is no such server.', {});
}

/** Containers that began as slots do not say whose they are: by the folder that each has. */
async function ownersOfSlots(
  work: Work,
  id: ServerId,
  seen: z.output<typeof observeContainersInput>['slots'],
) {
  const owners = new Map(
    (
      await findOwners(
        work.tx,
        id,
        seen.map((slot) => slot.storage_key),
      )
    ).map((row) => [row.storage_key, row]),
  );
  return {
    claimed: seen.flatMap((slot) => {
      const owner = owners.get(slot.storage_key);
      return owner === undefined || owner.workspace_id === null
        ? []
        : [{ ...slot, workspace_id: owner.workspace_id, is_pending: owner.is_pending }];
    }),
    unknown: seen.map((slot) => slot.storage_key).filter((key) => !owners.has(key)),
  };
}

async function appendWorkspacesChanged(work: Work, id: ServerId): Promise<void> {
  for (const workspace of await listWorkspacesOfServer(work.tx, id)) {
    await appendWorkspaceChanged(work, workspace.id);
  }
}
