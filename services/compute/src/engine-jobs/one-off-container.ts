import { randomBytes } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import type { ContainerSettings } from '../config.ts';
import type { CallOptions } from '../docker/client.ts';
import type { ContainerSpec } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_DISKS, LABEL_MOVE, LABEL_ONE_OFF } from '../docker/labels.ts';

/** One that is older was left behind by a compute that died. */
const ABANDONED_AFTER_MS = 900_000;
/** The same of those that copy a workspace, longer than a copy may take. */
const COPY_ABANDONED_AFTER_MS = 7 * 3_600_000;
const OUTPUT_LINES = 200;
const MEMORY_BYTES = 536_870_912;

export interface OneOffJob {
  /** What it is for; stands in its label and name. */
  purpose: string;
  /** Fixes the name: only one such container exists on a server. A random name when left out. */
  name?: string;
  argv: readonly string[];
  binds?: readonly string[];
  volumes?: readonly { name: string; path: string }[];
  capabilities?: readonly string[];
}

export interface OneOffResult {
  exitCode: number;
  output: string;
}

/** A short-lived container of the platform’s own image, under gVisor like every other, without a network. */
export function oneOffSpec(job: OneOffJob, settings: ContainerSettings): ContainerSpec {
  const [program = '', ...parameters] = job.argv;
  return {
    name: job.name ?? `podex-${job.purpose}-${randomBytes(6).toString('hex')}`,
    Image: settings.defaultImage,
    Entrypoint: [program],
    Cmd: parameters,
    User: '0:0',
    WorkingDir: '/',
    Tty: false,
    Labels: { [LABEL_ONE_OFF]: job.purpose },
    Healthcheck: { Test: ['NONE'] },
    NetworkDisabled: true,
    HostConfig: {
      Runtime: settings.runtime,
      Binds: [...(job.binds ?? [])],
      Mounts: (job.volumes ?? []).map(({ name, path }) => ({
        Type: 'volume',
        Source: name,
        Target: path,
        ReadOnly: false,
      })),
      CapDrop: ['ALL'],
      CapAdd: [...(job.capabilities ?? [])],
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      PidsLimit: 1024,
      NetworkMode: 'none',
      IpcMode: 'private',
      Privileged: false,
      PublishAllPorts: false,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
      ...(settings.cgroupParent === undefined ? {} : { CgroupParent: settings.cgroupParent }),
    },
  };
}

/**
 * Runs a one-off container to its end and removes it. When compute dies in between, `reapOneOffs` removes what is left.
 *
 * @throws PodexError runtime_not_isolated before it is started, when the engine would not run it under gVisor.
 */
export async function runOneOff(
  engine: Engine,
  spec: ContainerSpec,
  options: CallOptions & { timeoutMs: number },
): Promise<OneOffResult> {
  const { containers } = engine;
  const created = await containers.create(spec, { signal: options.signal });
  if (created === 'name_taken') {
    throw new PodexError(
      'conflict',
      `Another ${spec.name} is running on ${engine.identity.serverName}. Compute tries again when it has ended.`,
      {},
    );
  }
  try {
    await requireRuntime(engine, created.id, spec.HostConfig.Runtime);
    await containers.start(created.id, { signal: options.signal });
    const exitCode = await containers.waitForExit(created.id, options);
    return { exitCode, output: await containers.readOutput(created.id, OUTPUT_LINES) };
  } finally {
    await containers.remove(created.id);
  }
}

/** @throws PodexError runtime_not_isolated when the engine shows another runtime than the wanted one. */
export async function requireRuntime(engine: Engine, containerId: string, wanted: string): Promise<void> {
  const container = await engine.containers.find(containerId);
  if (container === undefined || container.runtime === wanted) return;
  throw new PodexError(
    'runtime_not_isolated',
    `${engine.identity.serverName} made a container under ${container.runtime || 'its default runtime'} and not under ${wanted}. ` +
      'It was not started; correct the runtimes of its Docker engine.',
    { runtime: container.runtime },
  );
}

/** Removes one-off containers that nobody waits for any more; what it does not come to before `signal` aborts is for the next time. */
export async function reapOneOffs(engine: Engine, nowMs: number, signal?: AbortSignal): Promise<number> {
  const found = await engine.containers.list(LABEL_ONE_OFF, { signal });
  const abandoned = found.filter(({ createdAtMs }) => nowMs - createdAtMs > ABANDONED_AFTER_MS);
  // Those that run end with their compute, and are removed by the engine; these were never started.
  const unstarted = (await engine.containers.list(LABEL_DISKS, { signal })).filter(
    ({ state }) => state === 'created',
  );
  abandoned.push(...unstarted.filter(({ createdAtMs }) => nowMs - createdAtMs > ABANDONED_AFTER_MS));
  const copying = await engine.containers.list(LABEL_MOVE, { signal });
  abandoned.push(...copying.filter(({ createdAtMs }) => nowMs - createdAtMs > COPY_ABANDONED_AFTER_MS));
  for (const { id } of abandoned) await engine.containers.remove(id, { signal });
  return abandoned.length;
}
