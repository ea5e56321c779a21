import type { ObserveInput, ObserveServerInput, WorkspaceTask } from '@podex/contracts/internal/compute';
import type { ServerFacts } from '@podex/contracts/servers';
import type { Answer } from './test-api.ts';

/** Asks api as another service of Podex. */
export interface InternalCaller {
  internal(method: string, path: string, body?: unknown): Promise<Pick<Answer, 'status' | 'body'>>;
}

/** What a worker sees of the task it was given; `undefined` keeps it unanswered, as one that was killed would. */
export type Behaviour = (task: WorkspaceTask) => Partial<ObserveInput> | undefined;

/** Reaches at once whatever is wanted. */
export const obliging: Behaviour = (task) => ({
  status: task.desired_status,
  container_id: ['running', 'paused'].includes(task.desired_status) ? `container-of-${task.id}` : null,
});

/** Plays compute over the internal protocol, without an engine: places on the given server and says what `behave` tells it to see. */
export class ComputeWorker {
  readonly #api: InternalCaller;
  readonly #serverId: string;
  readonly #stopped = new AbortController();
  #loop: Promise<void> | undefined;
  behave: Behaviour = obliging;
  readonly tasks: WorkspaceTask[] = [];

  constructor(api: InternalCaller, serverId: string) {
    this.#api = api;
    this.#serverId = serverId;
  }

  /** Registers the engine beside compute, ready for work. @returns its id. */
  static async registerServer(
    api: InternalCaller,
    size: { name?: string; cpu?: number; memoryMb?: number; diskGb?: number } = {},
  ): Promise<string> {
    const registered = await api.internal('PUT', '/internal/servers/local', {
      name: size.name ?? `local-${Math.random().toString(36).slice(2, 8)}`,
      docker_socket: `/run/docker-${Math.random().toString(36).slice(2, 8)}.sock`,
      total_cpu: size.cpu ?? 64,
      total_memory_mb: size.memoryMb ?? 262_144,
      total_disk_gb: size.diskGb ?? 10_000,
    });
    const id: string = registered.body.server_id;
    await observeServer(api, id, { status: 'ready' });
    return id;
  }

  run(): void {
    this.#loop = (async () => {
      while (!this.#stopped.signal.aborted) await this.step(300);
    })();
  }

  /** Resolves when it holds no lease any more. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  /** Claims what waits and answers for it. */
  async step(waitMs = 0): Promise<void> {
    const claimed = await this.#api.internal('POST', '/internal/workspaces/claim', {
      worker_id: 'worker',
      max: 10,
      wait_ms: waitMs,
    });
    for (const task of claimed.body.items as WorkspaceTask[]) await this.#answer(task);
  }

  async #answer(task: WorkspaceTask): Promise<void> {
    this.tasks.push(task);
    const seen = this.behave(task);
    if (seen === undefined) return;
    if (task.desired_status === 'running') {
      await this.#api.internal('POST', `/internal/workspaces/${task.id}/reserve`, {
        lease_token: task.lease_token,
        server_id: this.#serverId,
        image: 'podex/workspace:test',
        max_workspaces: 50,
      });
    }
    await this.#api.internal('POST', `/internal/workspaces/${task.id}/observe`, {
      lease_token: task.lease_token,
      version: task.version,
      status: task.status,
      reason: null,
      container_id: null,
      settled: true,
      ...seen,
    });
  }
}

export async function observeServer(
  api: InternalCaller,
  id: string,
  seen: { status: ObserveServerInput['status']; reason?: string; facts?: ServerFacts },
): Promise<void> {
  const servers = await api.internal('GET', '/internal/servers');
  const server = servers.body.items.find((item: { id: string }) => item.id === id);
  await api.internal('POST', `/internal/servers/${id}/observe`, {
    version: server.version,
    status: seen.status,
    reason: seen.reason ?? null,
    checks: [],
    facts: seen.facts ?? null,
  });
}
