import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Background } from '@podex/service-kit/background';
import { keyListVariable } from '@podex/service-kit/key-list';
import { createLogger } from '@podex/service-kit/logger';
import { waitUntil } from '@podex/service-kit/waiting';
import { z } from 'zod';
import { createApiClient } from '../../services/compute/src/api/api-client.ts';
import { DatabaseClock } from '../../services/compute/src/api/database-clock.ts';
import { ContainerIndex } from '../../services/compute/src/containers/container-index.ts';
import { openEngine } from '../../services/compute/src/docker/engine.ts';
import type { PreflightReport } from '../../services/compute/src/servers/server-health.ts';
import type { CheckedServer } from '../../services/compute/src/servers/server-monitor.ts';
import { ServerRegistry } from '../../services/compute/src/servers/server-registry.ts';

const READY_TIMEOUT_MS = 300_000;
const LOOK_EVERY_MS = 100;

const started = z.object({ baseUrl: z.string(), token: z.string() });

/** compute’s watch over a simulated fleet, in this process: its own registry, connections, heartbeats, event streams and listings. */
export class ComputeBeside {
  readonly registry: ServerRegistry;
  readonly index: ContainerIndex;
  /** Calls to engines so far, by name. */
  readonly calls: ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;

  private constructor(parts: Pick<ComputeBeside, 'registry' | 'index' | 'calls' | 'stop'>) {
    this.registry = parts.registry;
    this.index = parts.index;
    this.calls = parts.calls;
    this.stop = parts.stop;
  }

  /** Resolves when every server of the fleet is ready. */
  static async start(servers: number, workspacesEach: number): Promise<ComputeBeside> {
    const program = path.join(import.meta.dirname, 'simulated-fleet.ts');
    const fleet = fork(program, [`--servers=${servers}`, `--workspaces=${workspacesEach}`]);
    const [message] = await once(fleet, 'message');
    const { baseUrl, token } = started.parse(message);
    const logger = createLogger({ service: 'compute', level: 'fatal' });
    const background = new Background(logger);
    const index = new ContainerIndex();
    const calls = new Map<string, number>();
    const registry = new ServerRegistry({
      openEngine: (identity, breaker) =>
        openEngine(identity, {
          observe: (call) => calls.set(call, (calls.get(call) ?? 0) + 1),
          breaker,
        }),
      preflight: lookOnly,
      databaseClock: new DatabaseClock(),
      api: createApiClient({ baseUrl, tokens: keyListVariable.parse(token), workerId: 'bench' }),
      index,
      onContainerEnd: () => undefined,
      onOutOfMemory: () => undefined,
      onClaimed: () => undefined,
      knowsPaused: () => false,
      onReady: () => undefined,
      background,
      logger,
      registerLocal: undefined,
    });
    registry.start();
    const isReady = () =>
      registry.list().filter(({ health }) => health.status === 'ready').length === servers;
    await waitUntil(async () => (isReady() ? true : undefined), {
      timeoutMs: READY_TIMEOUT_MS,
      everyMs: LOOK_EVERY_MS,
    });
    return new ComputeBeside({
      registry,
      index,
      calls,
      async stop() {
        await background.stop();
        registry.stop();
        fleet.disconnect();
        await once(fleet, 'exit');
      },
    });
  }
}

/** The doubles run no containers, so that nothing is tried inside one. */
async function lookOnly({ open }: CheckedServer, signal: AbortSignal): Promise<PreflightReport> {
  const engine = await open();
  const info = await engine.readInfo({ signal });
  return {
    outcome: 'ready',
    reason: null,
    checks: [],
    facts: {
      engine_version: info.engineVersion,
      api_version: info.apiVersion,
      kernel_version: info.kernelVersion,
      operating_system: info.operatingSystem,
      architecture: info.architecture,
      cpus: info.cpus,
      memory_mb: info.memoryMb,
      sandbox_kernel: 'gVisor',
      quota: 'none',
      clock_skew_ms: info.clockSkewMs,
    },
  };
}
