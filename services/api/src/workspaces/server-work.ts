import { PodexError } from '@podex/contracts/errors';
import { newId, type ServerId } from '@podex/contracts/ids';
import {
  fleetSettings,
  type localServerInput,
  type ObserveContainersResult,
  type ObserveServerInput,
  type observeContainersInput,
  type ServerProgressInput,
  type ServerSnapshot,
} from '@podex/contracts/internal/compute';
import type { SettingValues } from '@podex/contracts/settings';
import type { z } from 'zod';
import type { Db } from '../database/connect.ts';
import type { Transact, Work } from '../database/transact.ts';
import { topicChannel, topicOf } from '../events/topics.ts';
import { findOwners } from '../pool/pool-store.ts';
import { appendServerChanged } from '../servers/server-events.ts';
import {
  findServer,
  listAllServers,
  lockServer,
  recordServerObservation,
  recordServerProgress,
  upsertLocalServer,
} from '../servers/server-store.ts';
import { toServerRecord } from '../servers/server-view.ts';
import { interruptLost } from './interruptions.ts';
import { appendWorkspaceChanged, WORKSPACE_WORK_CHANNEL } from './workspace-events.ts';
import { listWorkspacesOfServer, unsettleStrayContainers } from './workspace-work-store.ts';

export interface ServerWorkOptions {
  db: Db;
  transact: Transact;
  settings: { readonly values: Readonly<SettingValues> };
}

/** The side of a server that compute works on. */
export class ServerWork {
  readonly #db: Db;
  readonly #transact: Transact;
  readonly #settings: ServerWorkOptions['settings'];

  constructor({ db, transact, settings }: ServerWorkOptions) {
    this.#db = db;
    this.#transact = transact;
    this.#settings = settings;
  }

  async snapshot(): Promise<ServerSnapshot> {
    const items = (await listAllServers(this.#db)).map(toServerRecord);
    return { items, settings: fleetSettings.parse(this.#settings.values) };
  }

  async putLocal(input: z.output<typeof localServerInput>): Promise<ServerId> {
    return this.#transact(async (work) => {
      const id = await upsertLocalServer(work.tx, newId('server'), input);
      work.wake(topicChannel(topicOf.servers));
      return id;
    });
  }

  /** Ignores what was seen of an older registration: it may be another machine. */
  async observe(id: ServerId, input: ObserveServerInput): Promise<void> {
    await this.#transact(async (work) => {
      await requireServer(work, id);
      const before = await findServer(work.tx, id);
      if (before === undefined || input.version < before.version) return;
      await recordServerObservation(work.tx, id, input);
      // A caller that waits for a check is woken even when it found nothing new.
      work.wake(topicChannel(topicOf.servers));
      if (before.observed_status === input.status && before.reason === input.reason) return;
      await appendServerChanged(work, id);
      const isOrWasSilent = (before.observed_status === 'unreachable') !== (input.status === 'unreachable');
      if (isOrWasSilent) await appendWorkspacesChanged(work, id);
    });
  }

  async reportProgress(id: ServerId, input: ServerProgressInput): Promise<void> {
    await this.#transact(async (work) => {
      await requireServer(work, id);
      await recordServerProgress(work.tx, id, input);
    });
  }

  async observeContainers(
    id: ServerId,
    input: z.output<typeof observeContainersInput>,
  ): Promise<ObserveContainersResult> {
    return this.#transact(async (work) => {
      await requireServer(work, id);
      const { claimed, unknown } = await ownersOfSlots(work, input.slots);
      const running = input.containers.filter((container) => container.running);
      const seen = {
        serverId: id,
        seenAt: new Date(input.seen_at),
        running: [...running, ...claimed.filter((container) => container.running)].map(
          (container) => container.workspace_id,
        ),
      };
      await interruptLost(work, seen);
      if (await unsettleStrayContainers(work.tx, seen)) work.wake(WORKSPACE_WORK_CHANNEL);
      return { claimed: claimed.map(({ running: _, ...container }) => container), unknown };
    });
  }
}

async function requireServer(work: Work, id: ServerId): Promise<void> {
  if (await lockServer(work.tx, id)) return;
  throw new PodexError('server_not_found', 'There is no such server.', {});
}

/** Containers that began as slots do not say whose they are: by the folder that each has. */
async function ownersOfSlots(work: Work, seen: z.output<typeof observeContainersInput>['slots']) {
  const owners = new Map(
    (
      await findOwners(
        work.tx,
        seen.map((slot) => slot.storage_key),
      )
    ).map((row) => [row.storage_key, row]),
  );
  return {
    claimed: seen.flatMap((slot) => {
      const id = owners.get(slot.storage_key)?.workspace_id ?? null;
      return id === null ? [] : [{ ...slot, workspace_id: id }];
    }),
    unknown: seen.map((slot) => slot.storage_key).filter((key) => !owners.has(key)),
  };
}

async function appendWorkspacesChanged(work: Work, id: ServerId): Promise<void> {
  for (const workspace of await listWorkspacesOfServer(work.tx, id)) {
    await appendWorkspaceChanged(work, workspace.id);
  }
}
