import { PodexError } from '@podex/contracts/errors';
import { newId, type ServerId, serverId } from '@podex/contracts/ids';
import type { DeleteServerQuery, DrainServerInput } from '@podex/contracts/moves';
import type { PageQuery } from '@podex/contracts/pagination';
import type { CreateServerInput, capacity, Server, UpdateServerInput } from '@podex/contracts/servers';
import type { SettingValues } from '@podex/contracts/settings';
import { countOf } from '@podex/contracts/text';
import type { z } from 'zod';
import { type AuditFact, appendAudit } from '../audit/append-audit.ts';
import type { Call } from '../calls/call.ts';
import { createOnce } from '../calls/idempotency-store.ts';
import { toPage } from '../calls/pages.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Transact, Work } from '../database/transact.ts';
import { topicChannel, topicOf } from '../events/topics.ts';
import type { Wakeups } from '../events/wakeup.ts';
import {
  countReadySlots,
  countRunningWorkspaces,
  countWaitingWorkspaces,
  getMaxWorkspaces,
} from './capacity-store.ts';
import { requireFree } from './registration.ts';
import { appendServerChanged } from './server-events.ts';
import type { ServerMoves } from './server-moves.ts';
import {
  deleteServer,
  findServer,
  forgetEngine,
  insertServer,
  listAllServers,
  listRegions,
  listServers,
  lockRegistrations,
  lockServer,
  raiseServerVersion,
  type ServerRow,
  setAdminStatus,
  updateServer,
} from './server-store.ts';
import { presentServer, shownServerStatus, usableSizes } from './server-view.ts';
import { SERVER_WORK_CHANNEL } from './server-work-channel.ts';

/** A preflight runs a container and may pull its image; after this the server is answered as it is. Shorter than clients wait. */
const CHECK_WAIT_MS = 25_000;

export interface ServerServiceOptions {
  db: Db;
  wakeups: Wakeups;
  transact: Transact;
  moves: ServerMoves;
  settings: { readonly values: Readonly<SettingValues> };
}

function notFound(): PodexError {
  return new PodexError('server_not_found', 'There is no such server.', {});
}

/** Workspace servers, as admins manage them. Compute connects to them and says what it sees. */
export class ServerService {
  readonly #db: Db;
  readonly #wakeups: Wakeups;
  readonly #transact: Transact;
  readonly #settings: ServerServiceOptions['settings'];
  readonly #moves: ServerMoves;

  constructor({ db, wakeups, transact, settings, moves }: ServerServiceOptions) {
    this.#db = db;
    this.#settings = settings;
    this.#wakeups = wakeups;
    this.#transact = transact;
    this.#moves = moves;
  }

  /** @throws PodexError name_taken, address_taken. */
  async create(input: CreateServerInput, call: Call): Promise<Server> {
    const id = await this.#transact((work) => {
      const newServer = newId('server');
      return createOnce(work.tx, call, { id: newServer, schema: serverId }, async () => {
        await lockRegistrations(work.tx);
        await requireFree(work.tx, newServer, input);
        await insertServer(work.tx, newServer, input);
        await appendServerChanged(work, newServer);
        appendAudit(work, call, {
          action: 'server.registered',
          target: { kind: 'server', id: newServer, name: input.name },
          details: { hostname: input.hostname },
        });
      });
    });
    return presentServer(await this.#row(id));
  }

  async list(page: PageQuery): Promise<{ items: Server[]; next: string | null }> {
    return toPage(await listServers(this.#db, page), page.limit, presentServer);
  }

  /** Those that people can choose for a new workspace. */
  async regions(): Promise<string[]> {
    return listRegions(this.#db);
  }

  async get(id: ServerId): Promise<Server> {
    return presentServer(await this.#row(id));
  }

  /** @throws PodexError name_taken, address_taken. */
  async update(id: ServerId, input: UpdateServerInput, call: Call): Promise<Server> {
    const details = { changed: Object.keys(input) };
    return this.#change(id, { call, action: 'server.changed', details }, async ({ tx }) => {
      await lockRegistrations(tx);
      const { name, hostname, docker_port: port, docker_socket: socket } = await requireServer(tx, id);
      await requireFree(tx, id, {
        name: input.name ?? name,
        hostname: input.hostname ?? hostname,
        docker_port: input.docker_port ?? port,
        docker_socket: socket,
      });
      await updateServer(tx, id, input);
    });
  }

  /** @throws PodexError server_has_workspaces; conflict, also when one that is said to be lost responds. */
  async delete(id: ServerId, query: DeleteServerQuery, call: Call): Promise<void> {
    if (query.lost) return this.#deleteLost(id, query.confirm, call);
    await this.#transact(async (work) => {
      const { tx, wake } = work;
      if (!(await lockServer(tx, id))) throw notFound();
      const { name, workspaces } = await requireServer(tx, id);
      if (workspaces > 0) {
        throw new PodexError(
          'server_has_workspaces',
          `The files of ${countOf(workspaces, 'workspace')} live on this server. Move them first (drain the server), or delete them.`,
          { workspaces },
        );
      }
      const moves = await this.#moves.countOpen(tx, id);
      if (moves > 0) {
        const words = `${countOf(moves, 'move')} from or to this server still ${moves === 1 ? 'has' : 'have'} to end.`;
        throw new PodexError('conflict', `${words} Try again in a moment.`, {});
      }
      await deleteServer(tx, id);
      appendAudit(work, call, { action: 'server.removed', target: { kind: 'server', id, name } });
      wake(topicChannel(topicOf.servers));
      wake(SERVER_WORK_CHANNEL);
    });
  }

  /** The files of its workspaces are gone: their owners keep the workspaces, as failed. */
  async #deleteLost(id: ServerId, confirm: string | undefined, call: Call): Promise<void> {
    await this.#transact(async (work) => {
      if (!(await lockServer(work.tx, id))) throw notFound();
      const { name, observed_status: status } = await requireServer(work.tx, id);
      if (confirm !== name) {
        throw new PodexError('conflict', `To give up the files on it, confirm with its name: ${name}.`, {});
      }
      if (status === 'ready') {
        throw new PodexError(
          'conflict',
          `${name} responds, so it is not lost. Drain it and move its workspaces.`,
          {},
        );
      }
      const workspaces = await this.#moves.lose(work, id, call);
      await deleteServer(work.tx, id);
      appendAudit(work, call, {
        action: 'server.lost',
        target: { kind: 'server', id, name },
        details: { workspaces },
      });
      work.wake(topicChannel(topicOf.servers));
      work.wake(SERVER_WORK_CHANNEL);
    });
  }

  /**
   * Waits for a fresh check, up to 25 seconds; answers what is true then. With `acceptsEngine` another engine than the former one may
   * respond.
   */
  async check(id: ServerId, acceptsEngine: boolean, call: Call): Promise<Server> {
    const { signal } = call;
    using wakeup = this.#wakeups.on([topicChannel(topicOf.servers)]);
    const accepted = acceptsEngine ? { call, action: 'server.engine_accepted' as const } : undefined;
    await this.#change(id, accepted, async ({ tx }) => {
      if (acceptsEngine) await forgetEngine(tx, id);
      await raiseServerVersion(tx, id);
    });
    const { version: wanted } = await this.#row(id);
    const deadline = performance.now() + CHECK_WAIT_MS;
    for (let isOver = false; ; ) {
      const row = await this.#row(id);
      const remainingMs = deadline - performance.now();
      const isChecked = row.checked_version >= wanted;
      if (isChecked || remainingMs <= 0 || isOver) return presentServer(row);
      isOver = (await wakeup.wait({ signal, timeoutMs: remainingMs })) === 'over';
    }
  }

  /** It takes nothing new. Asked for again, what could not be moved is tried again. */
  async drain(id: ServerId, input: DrainServerInput, call: Call): Promise<Server> {
    const details = { move: input.move, ...(input.move ? { active: input.active } : {}) };
    return this.#change(id, { call, action: 'server.drained', details }, async (work) => {
      await setAdminStatus(work.tx, id, 'draining');
      if (input.move) await this.#moves.queue(work, id, input, call);
    });
  }

  /** It is ready again once compute has checked it. */
  async activate(id: ServerId, call: Call): Promise<Server> {
    return this.#change(id, { call, action: 'server.activated' }, async (work) => {
      await this.#moves.cancelQueued(work, id);
      await setAdminStatus(work.tx, id, 'active');
      await updateServer(work.tx, id, {});
    });
  }

  async capacity(): Promise<z.infer<typeof capacity>> {
    const rows = await listAllServers(this.#db);
    const ready = rows.filter((row) => shownServerStatus(row) === 'ready');
    const sum = (of: readonly ServerRow[], value: (row: ServerRow) => number) =>
      of.reduce((total, row) => total + value(row), 0);
    return {
      servers: rows.length,
      ready_servers: ready.length,
      total_cpu: sum(rows, (row) => usableSizes(row).usable_cpu),
      total_memory_mb: sum(rows, (row) => usableSizes(row).usable_memory_mb),
      total_disk_gb: sum(rows, (row) => usableSizes(row).usable_disk_gb),
      reserved_cpu: sum(rows, (row) => row.reserved_cpu),
      reserved_memory_mb: sum(rows, (row) => row.reserved_memory_mb),
      reserved_disk_gb: sum(rows, (row) => row.reserved_disk_gb),
      workspaces: sum(rows, (row) => row.workspaces),
      running_workspaces: await countRunningWorkspaces(this.#db),
      max_workspaces: this.#settings.values.max_workspaces ?? (await getMaxWorkspaces(this.#db)),
      waiting_workspaces: await countWaitingWorkspaces(this.#db),
      pool_ready: await countReadySlots(this.#db),
    };
  }

  async #row(id: ServerId): Promise<ServerRow> {
    return requireServer(this.#db, id);
  }

  async #change(
    id: ServerId,
    change: ServerChange | undefined,
    act: (work: Work) => Promise<void>,
  ): Promise<Server> {
    await this.#transact(async (work) => {
      if (!(await lockServer(work.tx, id))) throw notFound();
      await act(work);
      await appendServerChanged(work, id);
      if (change === undefined) return;
      const { call, ...fact } = change;
      const { name } = await requireServer(work.tx, id);
      appendAudit(work, call, { ...fact, target: { kind: 'server', id, name } });
    });
    return presentServer(await this.#row(id));
  }
}

/** What an admin changes, for the audit log. */
interface ServerChange extends Pick<AuditFact, 'action' | 'details'> {
  call: Call;
}

async function requireServer(db: Db | Tx, id: ServerId): Promise<ServerRow> {
  const row = await findServer(db, id);
  if (row === undefined) throw notFound();
  return row;
}
