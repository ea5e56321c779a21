import { newId, type ServerId, type WorkspaceId } from '@podex/contracts/ids';
import { waitUntil } from '@podex/service-kit/waiting';
import { requireTestEngine } from '../../../tests/stack/test-engine.ts';
import { temporaryFolder } from '../../../tests/temporary-folder.ts';
import type { StartOptions } from '../src/app/app.ts';
import { type Engine, openEngine } from '../src/docker/engine.ts';
import { containerName } from '../src/workspaces/container-spec.ts';
import { type ComputeFixture, startComputeFixture } from './compute-fixture.ts';

/** Compute with the engine of the tests, ready for work; what was created is removed when it stops. */
export class LocalFixture {
  readonly compute: ComputeFixture;
  readonly engine: Engine;
  readonly server: ServerId;
  readonly #workspaces: WorkspaceId[] = [];

  private constructor(compute: ComputeFixture, engine: Engine, server: ServerId) {
    this.compute = compute;
    this.engine = engine;
    this.server = server;
  }

  static async start(options: StartOptions = {}): Promise<LocalFixture> {
    const socket = requireTestEngine();
    const address = { kind: 'socket', path: socket } as const;
    const engine = await openEngine({ serverId: newId('server'), serverName: 'test', address });
    const variables = { COMPUTE_LOCAL_DOCKER_SOCKET: socket };
    const compute = await startComputeFixture(variables, temporaryFolder('storage'), options);
    const servers = async () => [...compute.api.servers.keys()][0];
    const server = await waitUntil(servers, { timeoutMs: 20_000, everyMs: 20 });
    await compute.api.untilServer(server, 'ready', 60_000);
    return new LocalFixture(compute, engine, server);
  }

  /** Resolves when it runs. */
  async create(fields: Parameters<ComputeFixture['api']['createWorkspace']>[0] = {}): Promise<WorkspaceId> {
    const id = this.compute.api.createWorkspace(fields);
    this.#workspaces.push(id);
    const { status } = await this.compute.api.untilSettled(id, 60_000);
    if (status !== 'running') throw new Error(`the workspace is ${status}`);
    return id;
  }

  async containerOf(id: WorkspaceId) {
    const container = await this.engine.containers.find(containerName(id));
    if (container === undefined) throw new Error('it has no container');
    return container;
  }

  async stop(): Promise<void> {
    // First, for compute makes containers again that are missing.
    await this.compute.stop();
    for (const id of this.#workspaces) await this.engine.containers.remove(containerName(id));
    this.engine.close();
  }
}
