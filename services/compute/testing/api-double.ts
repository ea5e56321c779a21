import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PodexError } from '@podex/contracts/errors';
import { moveId, newId, type ServerId, serverId, type WorkspaceId, workspaceId } from '@podex/contracts/ids';
import {
  activeInput,
  environmentInput,
  type FleetSettings,
  fleetSettings,
  hungInput,
  localServerInput,
  type ObserveContainersResult,
  type ObserveInput,
  type ObserveServerInput,
  observeContainersInput,
  observeInput,
  observeServerInput,
  type observeServerResult,
  releaseLeasesInput,
  reserveInput,
  type ServerRecord,
  type SetupTask,
  serverProgressInput,
  type WorkspaceEnvironment,
  type WorkspaceTask,
} from '@podex/contracts/internal/compute';
import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import type { DesiredStatus } from '@podex/contracts/workspaces';
import { toPodexError } from '@podex/service-kit/http-app';
import { requireInternalKey } from '@podex/service-kit/internal-auth';
import { waitUntil } from '@podex/service-kit/waiting';
import type { z } from 'zod';
import { serverRecordOf, taskOf } from './builders.ts';
import { claimWithWait } from './claim-with-wait.ts';
import { DaemonsDouble } from './daemons-double.ts';
import { forgetLeftover } from './forget-leftover.ts';
import { IdleDouble } from './idle-double.ts';
import { keepNoPool } from './keep-no-pool.ts';
import { MovesDouble } from './moves-double.ts';
import { NetworkDouble } from './network-double.ts';
import { readJson } from './read-json.ts';
import { ServerNews } from './server-news.ts';
import { SetupsDouble } from './setups-double.ts';

type Snapshot = z.output<typeof observeContainersInput>;

interface WorkspaceRow {
  task: WorkspaceTask;
  isSettled: boolean;
  lease: string | undefined;
  owner: string | undefined;
  notBeforeMs: number;
  observations: ObserveInput[];
  environment: WorkspaceEnvironment;
}

const POLL_EVERY_MS = 5;

/**
 * api’s side of the internal protocol, in memory: it parses requests with the contracts and responds by them.
 * Without limits, sign-in or SQL.
 */
export class ApiDouble {
  readonly token = 'double-service-token-of-32-characters';
  readonly servers = new Map<ServerId, ServerRecord>();
  settings: FleetSettings = fleetSettings.parse(DEFAULT_SETTINGS);
  readonly #servers = new ServerNews(() => ({
    items: [...this.servers.values()],
    settings: this.settings,
    watched: [...this.servers.keys()],
  }));
  readonly serverObservations = new Map<ServerId, ObserveServerInput[]>();
  readonly snapshots = new Map<ServerId, Snapshot[]>();
  readonly active: WorkspaceId[] = [];
  readonly idle = new IdleDouble(() =>
    [...this.#workspaces.values()].flatMap(({ task }) => (task.status === 'running' ? [task.id] : [])),
  );
  /** Leases that were freed because their workers were known to be dead. */
  readonly released: { id: WorkspaceId; owner: string }[] = [];
  readonly setups = new SetupsDouble({
    isWantedRunning: (id) => this.task(id).desired_status === 'running',
    runs: (id) => this.#row(id).isSettled && this.task(id).status === 'running',
  });
  readonly daemons = new DaemonsDouble((id) => this.#workspaces.get(id)?.observations.at(-1)?.container_id);
  readonly moves = new MovesDouble({
    taskOf: (id) => this.task(id),
    switchTo: (id, place) => Object.assign(this.#row(id).task, place),
  });
  readonly network = new NetworkDouble({
    tasks: () => [...this.#workspaces.values()].map(({ task }) => task),
    want: (id, network) => this.want(id, { desired_status: this.task(id).desired_status, network }),
  });
  readonly #leases: Readonly<Record<string, (max: number, worker: string) => unknown[]>> = {
    'POST /internal/workspaces/claim': (max, worker) => this.#lease(max, worker),
    'POST /internal/workspaces/setups/claim': (max) => this.setups.lease(max),
    'POST /internal/moves/claim': (max) => this.moves.lease(max),
  };
  readonly #workspaces = new Map<WorkspaceId, WorkspaceRow>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#respond(request, response));
  }

  static async start(): Promise<ApiDouble> {
    const double = new ApiDouble();
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  addServer(fields: Partial<ServerRecord> & Pick<ServerRecord, 'name'>): ServerId {
    const id = newId('server');
    this.servers.set(id, serverRecordOf({ ...fields, id }));
    return id;
  }

  /** Asks for a fresh check, as `POST /api/admin/servers/{id}/check` does. */
  raiseVersion(id: ServerId): void {
    const server = this.servers.get(id);
    if (server !== undefined) this.servers.set(id, { ...server, version: server.version + 1 });
  }

  createWorkspace({
    env = {},
    git_url: gitUrl,
    branch = null,
    ...fields
  }: Partial<
    WorkspaceTask & Pick<SetupTask, 'git_url' | 'branch'> & { env: Record<string, string> }
  > = {}): WorkspaceId {
    const id = newId('workspace');
    const own = { id, lease_token: '', name: 'Test workspace', storage_key: crypto.randomUUID() };
    const task = taskOf({ ...own, ...fields });
    this.#workspaces.set(id, {
      task,
      isSettled: false,
      lease: undefined,
      owner: undefined,
      notBeforeMs: 0,
      observations: [],
      environment: { env, notice: null },
    });
    if (gitUrl !== undefined) this.setups.add(id, gitUrl, branch);
    return id;
  }

  want(id: WorkspaceId, change: Partial<WorkspaceTask> & { desired_status: DesiredStatus }): void {
    const row = this.#row(id);
    row.task = { ...row.task, ...change, version: row.task.version + 1, attempts: 0 };
    row.isSettled = false;
    row.notBeforeMs = 0;
  }

  /** Hands the workspace out again, as a changed secret does. */
  setEnvironment(id: WorkspaceId, environment: WorkspaceEnvironment): void {
    this.#row(id).environment = environment;
    this.want(id, { desired_status: 'running' });
  }

  task(id: WorkspaceId): WorkspaceTask {
    return this.#row(id).task;
  }

  /** The worker that has it now. */
  holderOf(id: WorkspaceId): string | undefined {
    const { lease, owner } = this.#row(id);
    return lease === undefined ? undefined : owner;
  }

  observations(id: WorkspaceId): readonly ObserveInput[] {
    return this.#row(id).observations;
  }

  /** The first settled observation of what is wanted now. */
  async untilSettled(id: WorkspaceId, timeoutMs = 30_000): Promise<ObserveInput> {
    return waitUntil(
      async () => {
        const row = this.#row(id);
        return row.isSettled ? row.observations.at(-1) : undefined;
      },
      { timeoutMs, everyMs: POLL_EVERY_MS },
    );
  }

  async untilServer(
    id: ServerId,
    status: ObserveServerInput['status'],
    timeoutMs = 30_000,
  ): Promise<ObserveServerInput> {
    return waitUntil(
      async () => {
        const last = this.serverObservations.get(id)?.at(-1);
        const isCurrent = last?.version === this.servers.get(id)?.version;
        return last?.status === status && isCurrent ? last : undefined;
      },
      { timeoutMs, everyMs: POLL_EVERY_MS },
    );
  }

  #row(id: WorkspaceId): WorkspaceRow {
    const row = this.#workspaces.get(id);
    if (row === undefined) throw new PodexError('workspace_not_found', `no workspace ${id}`, {});
    return row;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      requireInternalKey(request.headers.authorization, this.token);
      const result = await this.#route(`${request.method} ${request.url}`, await readJson(request), response);
      response.writeHead(result === undefined ? 204 : 200, { 'content-type': 'application/json' });
      response.end(result === undefined ? undefined : JSON.stringify(result));
    } catch (thrown) {
      const error = toPodexError(thrown);
      response.writeHead(error.status).end(JSON.stringify(error.toBody('double')));
    }
  }

  async #route(call: string, body: unknown, response: ServerResponse): Promise<unknown> {
    if (/^GET \/internal\/servers(\?|$)/.test(call)) {
      return { now: new Date().toISOString(), ...this.#servers.list() };
    }
    if (call.startsWith('GET /internal/servers/news?')) return this.#servers.untilChanged(response);
    if (call === 'POST /internal/pool/keep') return keepNoPool(body, response);
    if (call === 'PUT /internal/servers/local') return this.#putLocal(body);
    const lease = this.#leases[call];
    if (lease !== undefined) return claimWithWait(body, response, lease);
    if (call === 'POST /internal/workspaces/idle/claim') return this.idle.claim(body);
    if (call === 'POST /internal/workspaces/daemons') return this.daemons.respond(body);
    if (call === 'POST /internal/workspaces/release') return this.#release(body);
    if (call === 'POST /internal/workspaces/active') return this.#noteActive(body);
    if (call.startsWith('DELETE /internal/leftovers/')) return forgetLeftover(this.servers, call);
    return this.network.respond(call) ?? this.#routeOfOne(call, body);
  }

  #noteActive(body: unknown): undefined {
    this.active.push(...activeInput.parse(body).workspace_ids);
  }

  #routeOfOne(call: string, body: unknown): unknown {
    const [, kind, id, verb = ''] =
      /^POST \/internal\/(workspaces|servers|moves)\/(\w+)\/(\w+)$/.exec(call) ?? [];
    if (kind === 'workspaces') return this.#workspaceRoute(workspaceId.parse(id), verb, body);
    if (kind === 'moves') return this.moves.respond(moveId.parse(id), verb, body);
    if (kind === 'servers' && verb === 'observe') return this.#observeServer(serverId.parse(id), body);
    if (kind === 'servers' && verb === 'progress') return void serverProgressInput.parse(body);
    if (kind === 'servers' && verb === 'containers') return this.#observeContainers(serverId.parse(id), body);
    throw new PodexError('not_found', call, {});
  }

  #workspaceRoute(id: WorkspaceId, verb: string | undefined, body: unknown): unknown {
    switch (verb) {
      case 'reserve':
        return this.#reserve(id, body);
      case 'observe':
        return this.#observe(id, body);
      case 'hung':
        return this.#hung(id, body);
      case 'idle':
        return this.idle.observe(id, body);
      case 'setup':
        return this.setups.observe(id, body);
      case 'environment':
        return this.#leased(id, environmentInput.parse(body).lease_token).environment;
      default:
        throw new PodexError('not_found', `workspaces/${verb}`, {});
    }
  }

  #putLocal(body: unknown): { server_id: ServerId } {
    const { name, docker_socket, ...totals } = localServerInput.parse(body);
    return { server_id: this.addServer({ name, docker_socket, ...totals }) };
  }

  #lease(max: number, worker: string): WorkspaceTask[] {
    const open = [...this.#workspaces.values()].filter(
      (row) => !row.isSettled && row.lease === undefined && row.notBeforeMs <= Date.now(),
    );
    return open.slice(0, max).map((row) => {
      row.lease = crypto.randomUUID();
      row.owner = worker;
      const { lease } = row;
      // As when the worker dies: another one gets it after the lease.
      setTimeout(() => {
        if (row.lease === lease) row.lease = undefined;
      }, row.task.lease_ttl_ms).unref();
      return { ...row.task, lease_token: row.lease };
    });
  }

  #release(body: unknown): undefined {
    const { worker_id: worker, instances } = releaseLeasesInput.parse(body);
    for (const row of this.#workspaces.values()) {
      const [instance = ''] = row.owner?.split('/') ?? [];
      const isDead = row.owner !== worker && instances.includes(instance);
      if (row.lease === undefined || row.owner === undefined || !isDead) continue;
      this.released.push({ id: row.task.id, owner: row.owner });
      row.lease = undefined;
    }
  }

  #hung(id: WorkspaceId, body: unknown): undefined {
    const { container_id, started_at } = hungInput.parse(body);
    const row = this.#row(id);
    const isHere = row.observations.at(-1)?.container_id === container_id;
    if (row.isSettled && row.task.status === 'running' && isHere) {
      this.#interrupt(row, { container_id, started_at });
    }
  }

  /** Without api’s count of them. */
  #interrupt(row: WorkspaceRow, hung: NonNullable<WorkspaceTask['interruption']>['hung']): void {
    row.isSettled = false;
    const interruption = { reason: 'It was interrupted.', gives_up: false, hung };
    row.task = { ...row.task, status: 'creating', interruption };
  }

  #leased(id: WorkspaceId, lease: string): WorkspaceRow {
    const row = this.#row(id);
    if (row.lease === lease) return row;
    throw new PodexError('workspace_changed', 'the lease is another’s', {});
  }

  #reserve(id: WorkspaceId, body: unknown): undefined {
    const input = reserveInput.parse(body);
    const row = this.#leased(id, input.lease_token);
    row.task = { ...row.task, server_id: input.server_id };
  }

  #observe(id: WorkspaceId, body: unknown): undefined {
    const input = observeInput.parse(body);
    const row = this.#leased(id, input.lease_token);
    row.lease = undefined;
    row.observations.push(input);
    row.isSettled = input.settled && input.version === row.task.version;
    row.notBeforeMs = Date.now() + (input.retry_in_ms ?? 0);
    if (row.isSettled) row.task = { ...row.task, interruption: null };
    const isFailedTry = !row.isSettled && input.reason !== null;
    row.task = { ...row.task, status: input.status, attempts: isFailedTry ? row.task.attempts + 1 : 0 };
  }

  #observeServer(id: ServerId, body: unknown): z.output<typeof observeServerResult> {
    const input = observeServerInput.parse(body);
    const server = this.servers.get(id);
    if (server === undefined) throw new PodexError('server_not_found', 'no such server', {});
    if (input.version >= server.version) {
      const passed = input.status === 'ready' ? input.facts?.engine_id : undefined;
      const engineId = server.engine_id ?? passed ?? null;
      this.servers.set(id, { ...server, status: input.status, engine_id: engineId });
    }
    this.serverObservations.set(id, [...(this.serverObservations.get(id) ?? []), input]);
    return { taken: true };
  }

  /** What should run and is not seen was lost: it is claimed again. */
  #observeContainers(id: ServerId, body: unknown): ObserveContainersResult {
    const snapshot = observeContainersInput.parse(body);
    this.snapshots.set(id, [...(this.snapshots.get(id) ?? []), snapshot]);
    const running = new Set(
      snapshot.containers.filter((container) => container.running).map((container) => container.workspace_id),
    );
    for (const row of this.#workspaces.values()) {
      const isLost = row.task.server_id === id && row.task.status === 'running' && !running.has(row.task.id);
      if (isLost && row.isSettled) this.#interrupt(row, null);
    }
    const foreign = snapshot.containers
      .filter((one) => (this.#workspaces.get(one.workspace_id)?.task.server_id ?? id) !== id)
      .map((one) => one.container_id);
    return { claimed: [], unknown: [], foreign };
  }
}
