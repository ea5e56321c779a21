import { readFile } from 'node:fs/promises';
import { PodexError } from '@podex/contracts/errors';
import { DAEMON_MOUNT_PATH } from '@podex/contracts/internal/daemon';
import { pause } from '@podex/service-kit/waiting';
import type { z } from 'zod';
import type { ContainerSettings } from '../config.ts';
import type { ContainerSpec } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { oneOffSpec, requireRuntime } from '../engine-jobs/one-off-container.ts';
import type { RuntimeVolume } from '../runtime/runtime-volumes.ts';
import { hostContainer } from './host-container.ts';
import { resolvConfPath, WALL_NETWORK } from './wall-names.ts';

const LOOK_EVERY_MS = 100;
const OUTPUT_LINES = 50;
/** No user’s: it needs no right to anything. */
const NOBODY = '65534:65534';

export interface WallContainers {
  engine: Engine;
  runtime: RuntimeVolume;
  settings: ContainerSettings;
}

export interface RunningProgram<Output> {
  /** What it has told. */
  told: Output;
  /** Of a container on the network of workspaces. */
  address: string;
}

type Program = 'witness' | 'probe' | 'names';

/** A container on the server’s own network that runs one of the wall’s programs. */
export async function serverProgram(
  wall: WallContainers,
  program: Program,
  parameters: readonly string[] = [],
): Promise<ContainerSpec> {
  const spec = await programSpec(wall, program, parameters);
  return hostContainer({
    ...spec,
    HostConfig: { ...spec.HostConfig, Binds: ['/etc:/server/etc:ro', '/run:/server/run:ro'] },
  });
}

/** One that stands where a workspace stands: the same network, runtime and resolvers. */
export async function workspaceProgram(
  wall: WallContainers,
  program: Program,
  parameters: readonly string[] = [],
): Promise<ContainerSpec> {
  const { NetworkDisabled: _, ...spec } = await programSpec(wall, program, parameters);
  const resolvConf = {
    Type: 'bind',
    Source: resolvConfPath(wall.settings.storage),
    Target: '/etc/resolv.conf',
    ReadOnly: true,
  } as const;
  return {
    ...spec,
    HostConfig: {
      ...spec.HostConfig,
      NetworkMode: WALL_NETWORK,
      Mounts: [...(spec.HostConfig.Mounts ?? []), resolvConf],
    },
  };
}

/** Node takes the text of the program as it stands here. */
async function programSpec(
  { runtime, settings }: WallContainers,
  program: Program,
  parameters: readonly string[],
): Promise<ContainerSpec> {
  const text = await readFile(new URL(`./${program}-program.ts`, import.meta.url), 'utf8');
  const job = {
    purpose: `wall-${program}`,
    argv: [`${DAEMON_MOUNT_PATH}/node`, '--input-type=module-typescript', '--eval', text, ...parameters],
    volumes: [{ name: runtime.name, path: DAEMON_MOUNT_PATH }],
  };
  const spec = oneOffSpec(job, settings);
  const mounts = (spec.HostConfig.Mounts ?? []).map((mount) => ({ ...mount, ReadOnly: true }));
  return { ...spec, User: NOBODY, HostConfig: { ...spec.HostConfig, Mounts: mounts } };
}

/**
 * Starts it and waits for its one line; it goes on running. The caller removes it, also when this throws: `onCreated` has its id.
 *
 * @throws PodexError runtime_not_isolated, timed_out, container_failed with what it wrote instead.
 */
export async function startProgram<Schema extends z.ZodType>(
  { engine }: Pick<WallContainers, 'engine'>,
  spec: ContainerSpec,
  schema: Schema,
  {
    signal,
    timeoutMs,
    onCreated,
  }: { signal: AbortSignal; timeoutMs: number; onCreated: (id: string) => void },
): Promise<RunningProgram<z.output<Schema>>> {
  const { containers } = engine;
  const created = await containers.create(spec, { signal });
  if (created === 'name_taken') throw new Error(`The random name ${spec.name} is taken`);
  const { id } = created;
  onCreated(id);
  await requireRuntime(engine, id, spec.HostConfig.Runtime);
  await containers.start(id, { signal });
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    // In this order: one that has ended by then has written all that it had to say.
    const container = await containers.find(id, { signal });
    const output = await containers.readOutput(id, OUTPUT_LINES, { signal });
    const line = /^\{.*\}$/m.exec(output)?.[0];
    if (line !== undefined) {
      return { told: schema.parse(JSON.parse(line)), address: container?.networks[WALL_NETWORK] ?? '' };
    }
    const isEnded = container?.state !== 'running';
    if (isEnded || performance.now() > deadlineMs) throw noResponse(isEnded, output);
    await pause(LOOK_EVERY_MS, signal);
  }
}

function noResponse(isEnded: boolean, output: string): PodexError {
  const ending = isEnded ? 'ended early' : 'did not respond in time';
  const reason = `a container that tries the network ${ending}: ${output.trim().slice(-500) || 'no output'}`;
  return new PodexError('container_failed', reason, { reason });
}
