import { command } from '@podex/contracts/commands';
import { PodexError } from '@podex/contracts/errors';
import { newId } from '@podex/contracts/ids';
import { type DaemonSettings, daemonHealth } from '@podex/contracts/internal/daemon';
import { withQuery } from '@podex/contracts/query';
import { pause, type WaitOptions, waitUntil } from '@podex/service-kit/waiting';
import { z } from 'zod';
import type { ContainerSettings } from '../config.ts';
import type { Container } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_VERSION } from '../docker/labels.ts';
import { WALL_NETWORK } from '../egress/wall-names.ts';
import { type ConnectToDaemon, callDaemon } from '../links/daemon-client.ts';
import type { LinkPool } from '../links/link-pool.ts';
import { slotContainerName } from '../workspaces/container-spec.ts';
import type { ContainerSteps, StepResult } from '../workspaces/container-steps.ts';
import type { PlannedSlot } from './plan.ts';

/** An image may have to be pulled, which takes as long as it takes. */
const FILL_TIMEOUT_MS = 900_000;
const STEP_WAIT_MS = 60_000;
const WAITING_RETRY_MS = 1_000;
const DAEMON_TIMEOUT_MS = 30_000;
const HEALTH_EVERY_MS = 50;
const COMMAND_TIMEOUT_MS = 20_000;
const MAX_STEPS = 8;

/** What a slot is told until it has an owner: a daemon starts nothing before it has settings. */
const NOBODY: DaemonSettings = { workspace_id: '', name: '', env: {} };

export type UnfilledSlot = Pick<PlannedSlot, 'storageKey' | 'image' | 'size'> & { poolId: string };

export interface FilledSlot {
  containerId: string;
  imageId: string;
  version: string;
}

export interface SlotsOptions {
  steps: ContainerSteps;
  links: LinkPool;
  settings: ContainerSettings;
}

/** The engine’s side of slots. Everything may be done twice, and taken over from a compute that died. */
export class Slots {
  readonly #options: SlotsOptions;

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  /**
   * Makes and starts the container, and has its daemon do once what a first command needs: the link, the files process, a shell.
   *
   * @throws PodexError of what failed.
   */
  async fill(engine: Engine, slot: UnfilledSlot, signal: AbortSignal): Promise<FilledSlot> {
    const container = await this.#started(engine, slot, signal);
    const place = { serverId: engine.identity.serverId, containerId: container.id };
    await warmUp((options) => this.#options.links.connect(place, { kind: 'daemon' }, options), signal);
    return {
      containerId: container.id,
      imageId: container.imageId,
      version: container.labels[LABEL_VERSION] ?? '',
    };
  }

  /** Container, then files: while either is there, the slot’s row is. */
  async remove(engine: Engine, storageKey: string, signal: AbortSignal): Promise<void> {
    const { steps, links } = this.#options;
    const container = await engine.containers.find(slotContainerName(storageKey), { signal });
    if (container !== undefined) {
      links.closeContainer(container.id);
      await engine.containers.remove(container.id, { signal });
    }
    await untilDone((wait) => steps.removeStorage(engine, storageKey, wait), signal);
  }

  async #started(engine: Engine, slot: UnfilledSlot, signal: AbortSignal): Promise<Container> {
    const { steps, settings } = this.#options;
    const name = slotContainerName(slot.storageKey);
    const wanted = {
      owner: { poolId: slot.poolId },
      image: slot.image,
      size: slot.size,
      storageKey: slot.storageKey,
    };
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const container = await engine.containers.find(name, { signal });
      if (container === undefined) {
        await untilDone((wait) => steps.create(engine, wanted, wait), signal);
      } else if (container.state === 'created' || container.state === 'exited') {
        await untilDone((wait) => steps.start(engine, container, wanted, wait), signal);
      } else if (container.state === 'paused') {
        await engine.containers.unpause(container.id, { signal });
      } else if (container.state === 'running') {
        requireIsolated(container, settings.runtime);
        return container;
      } else {
        await engine.containers.remove(container.id, { signal });
      }
    }
    const reason = 'the container does not stay up';
    throw new PodexError('container_failed', `The slot was not filled: ${reason}.`, { reason });
  }
}

/** What a workspace is promised is looked at here, because nothing is when it takes the slot. */
function requireIsolated({ runtime, networks }: Container, wanted: string): void {
  if (runtime !== wanted) {
    throw new PodexError('runtime_not_isolated', `The slot runs under ${runtime} and not under ${wanted}.`, {
      runtime,
    });
  }
  if (Object.keys(networks).join() === WALL_NETWORK) return;
  const reason = 'it does not stand on the network of workspaces alone';
  throw new PodexError('container_failed', `The slot was not filled: ${reason}.`, { reason });
}

async function untilDone(
  step: (wait: WaitOptions) => Promise<StepResult>,
  signal: AbortSignal,
): Promise<void> {
  const endsAtMs = performance.now() + FILL_TIMEOUT_MS;
  for (;;) {
    const result = await step({ signal, timeoutMs: STEP_WAIT_MS });
    if (result === 'done') return;
    if (performance.now() > endsAtMs) {
      throw new PodexError('timed_out', result.waitingFor, { timeout_ms: FILL_TIMEOUT_MS });
    }
    await pause(WAITING_RETRY_MS, signal);
  }
}

async function warmUp(connect: ConnectToDaemon, signal: AbortSignal): Promise<void> {
  const ask = <Schema extends z.ZodType>(
    schema: Schema,
    call: { method: string; path: string; body?: unknown },
  ) => callDaemon(connect, schema, call, { signal, timeoutMs: COMMAND_TIMEOUT_MS });
  await waitUntil(
    async () => {
      try {
        return await ask(daemonHealth, { method: 'GET', path: '/health' });
      } catch (error) {
        if (PodexError.has(error, 'daemon_unreachable')) return undefined;
        throw error;
      }
    },
    { signal, timeoutMs: DAEMON_TIMEOUT_MS, everyMs: HEALTH_EVERY_MS },
  );
  await ask(z.unknown(), { method: 'PUT', path: '/settings', body: NOBODY });
  const path = withQuery(`/commands/${newId('command')}`, { wait_ms: COMMAND_TIMEOUT_MS / 2 });
  const { exit_code: exitCode } = await ask(command, { method: 'PUT', path, body: { command: 'true' } });
  if (exitCode !== 0) {
    const reason = `the first command ended with ${exitCode}`;
    throw new PodexError('container_failed', `The slot was not filled: ${reason}.`, { reason });
  }
  await ask(z.unknown(), { method: 'GET', path: '/files?path=.' });
}
