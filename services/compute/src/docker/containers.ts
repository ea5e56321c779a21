import type { Readable } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { plainText } from '@podex/contracts/plain-text';
import { z } from 'zod';
import type { CallOptions, EngineClient } from './client.ts';
import { demuxOutput } from './demux-stream.ts';

const LOOK_TIMEOUT_MS = 10_000;
const CREATE_TIMEOUT_MS = 30_000;
const START_TIMEOUT_MS = 30_000;
const REMOVE_TIMEOUT_MS = 60_000;
const ARCHIVE_TIMEOUT_MS = 120_000;
const PROCESS_WAIT_TIMEOUT_MS = 60_000;

const containerState = z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']);
export type ContainerState = z.infer<typeof containerState>;

const inspection = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  Created: z.iso.datetime({ offset: true }),
  State: z.object({
    Status: containerState,
    StartedAt: z.string(),
    ExitCode: z.number(),
    OOMKilled: z.boolean(),
    Error: z.string(),
  }),
  Config: z.object({
    Labels: z.record(z.string(), z.string()).nullable(),
    MacAddress: z.string().optional(),
  }),
  HostConfig: z.object({ Runtime: z.string().optional() }),
  NetworkSettings: z.object({
    Networks: z
      .record(z.string(), z.object({ IPAddress: z.string(), MacAddress: z.string().optional() }))
      .nullish(),
  }),
});

/** A container as the engine shows it. */
export interface Container {
  id: string;
  name: string;
  /** Of the image it was made from, whatever its name stands for by now. */
  imageId: string;
  state: ContainerState;
  createdAtMs: number;
  /** In the engine’s words: another one at each start. */
  startedAt: string;
  exitCode: number;
  isOutOfMemory: boolean;
  /** What kept it from starting, in the engine’s words; empty when nothing did. */
  startError: string;
  /** The runtime it runs under, read back from the engine. */
  runtime: string;
  labels: Readonly<Record<string, string>>;
  /** Its address by network; empty while it does not run. */
  networks: Readonly<Record<string, string>>;
  /** Of its network card; of one that does not run, what it was made with, or empty. */
  macAddress: string;
}

const listing = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    State: containerState,
    Created: z.number(),
    Labels: z.record(z.string(), z.string()).nullable(),
  }),
);

export interface ListedContainer {
  id: string;
  name: string;
  state: ContainerState;
  createdAtMs: number;
  labels: Readonly<Record<string, string>>;
}

/** The body of `POST /containers/create`, as far as Podex uses it. */
export interface ContainerSpec {
  name: string;
  Image: string;
  Entrypoint: string[];
  Cmd: string[];
  /** Laid over the image’s. The engine shows it to all who may ask: nothing secret. */
  Env?: string[];
  User: string;
  Labels: Record<string, string>;
  Hostname?: string;
  WorkingDir?: string;
  Tty: false;
  /** Its first process reads what is written to it once, by the first who attaches. */
  OpenStdin?: boolean;
  StdinOnce?: boolean;
  StopSignal?: string;
  StopTimeout?: number;
  Healthcheck?: { Test: string[] };
  NetworkDisabled?: boolean;
  /** Older engines take it here, newer ones with the network. */
  MacAddress?: string;
  NetworkingConfig?: { EndpointsConfig: Record<string, { MacAddress: string }> };
  HostConfig: HostSpec;
}

export interface HostSpec {
  Runtime: string;
  Init?: boolean;
  Binds?: string[];
  /** Unlike a bind of `Binds`, one of these is never made when it is missing. */
  Mounts?: { Type: 'volume' | 'bind'; Source: string; Target: string; ReadOnly: boolean }[];
  CapDrop: string[];
  CapAdd: string[];
  NanoCpus?: number;
  Memory?: number;
  MemorySwap?: number;
  PidsLimit?: number;
  ShmSize?: number;
  Ulimits?: { Name: string; Soft: number; Hard: number }[];
  IpcMode?: string;
  CgroupnsMode?: string;
  NetworkMode?: string;
  CgroupParent?: string;
  UsernsMode?: 'host';
  PidMode?: 'host';
  DeviceCgroupRules?: string[];
  Tmpfs?: Record<string, string>;
  /** Only of engines whose own storage is XFS with project quotas: `size` limits what is written beside mounts. */
  StorageOpt?: { size: string };
  /** The engine removes it when it ends. */
  AutoRemove?: true;
  SecurityOpt?: string[];
  ReadonlyRootfs?: boolean;
  Privileged: false;
  PublishAllPorts: false;
  RestartPolicy: { Name: 'no' };
  LogConfig: { Type: string; Config: Record<string, string> };
}

/** The containers of one engine. A container that is gone counts as stopped and as removed. */
export class Containers {
  readonly #client: EngineClient;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /**
   * @returns the id, or `name_taken` when a container of that name exists.
   * @throws PodexError image_not_available when the engine does not have the image.
   */
  async create(
    { name, ...body }: ContainerSpec,
    options: CallOptions = {},
  ): Promise<{ id: string } | 'name_taken'> {
    const response = await this.#client.request(z.object({ Id: z.string() }), {
      call: 'container.create',
      method: 'POST',
      path: '/containers/create',
      query: { name },
      body,
      expected: [404, 409],
      timeoutMs: CREATE_TIMEOUT_MS,
      ...options,
    });
    if (response.status === 'ok') return { id: response.value.Id };
    if (response.status === 409) return 'name_taken';
    if (/^network \S+ not found/i.test(response.reason)) {
      throw new PodexError('container_failed', `The engine refused container.create: ${response.reason}`, {
        reason: response.reason,
      });
    }
    throw new PodexError(
      'image_not_available',
      `The image ${body.Image} is not on the server: ${response.reason}`,
      {
        image: body.Image,
      },
    );
  }

  async find(idOrName: string, options: CallOptions = {}): Promise<Container | undefined> {
    const response = await this.#client.request(inspection, {
      call: 'container.inspect',
      method: 'GET',
      path: `/containers/${encodeURIComponent(idOrName)}/json`,
      expected: [404],
      timeoutMs: LOOK_TIMEOUT_MS,
      ...options,
    });
    return response.status === 'ok' ? toContainer(response.value) : undefined;
  }

  /** Containers with the label, running or not. */
  async list(label: string, options: CallOptions = {}): Promise<ListedContainer[]> {
    const response = await this.#client.request(listing, {
      call: 'container.list',
      method: 'GET',
      path: '/containers/json',
      query: { all: '1', filters: JSON.stringify({ label: [label] }) },
      timeoutMs: LOOK_TIMEOUT_MS,
      ...options,
    });
    if (response.status !== 'ok') return [];
    return response.value.map((item) => ({
      id: item.Id,
      name: plainName(item.Names[0] ?? ''),
      state: item.State,
      createdAtMs: item.Created * 1000,
      labels: item.Labels ?? {},
    }));
  }

  /** A container that runs already is left as it is. @throws PodexError container_failed with the engine’s reason. */
  async start(id: string, options: CallOptions = {}): Promise<void> {
    await this.#act('container.start', id, 'start', {}, { timeoutMs: START_TIMEOUT_MS, ...options });
  }

  /** TERM, and KILL after `graceSeconds`. */
  async stop(id: string, graceSeconds: number, options: CallOptions = {}): Promise<void> {
    const timeoutMs = graceSeconds * 1000 + START_TIMEOUT_MS;
    const expected = [404];
    await this.#act(
      'container.stop',
      id,
      'stop',
      { t: String(graceSeconds) },
      { timeoutMs, expected, ...options },
    );
  }

  async kill(id: string, options: CallOptions = {}): Promise<void> {
    const expected = [404, 409];
    await this.#act('container.kill', id, 'kill', {}, { timeoutMs: START_TIMEOUT_MS, expected, ...options });
  }

  async pause(id: string, options: CallOptions = {}): Promise<void> {
    await this.#act('container.pause', id, 'pause', {}, { timeoutMs: START_TIMEOUT_MS, ...options });
  }

  async unpause(id: string, options: CallOptions = {}): Promise<void> {
    await this.#act('container.unpause', id, 'unpause', {}, { timeoutMs: START_TIMEOUT_MS, ...options });
  }

  /** One that is gone, or has the name already, is left as it is. @throws PodexError of the engine. */
  async rename(id: string, name: string, options: CallOptions = {}): Promise<void> {
    const expected = [400, 404, 409];
    await this.#act(
      'container.rename',
      id,
      'rename',
      { name },
      { timeoutMs: LOOK_TIMEOUT_MS, expected, ...options },
    );
  }

  /** Kills it if it runs and removes it with its anonymous volumes; named volumes and binds stay. */
  async remove(idOrName: string, options: CallOptions = {}): Promise<void> {
    await this.#client.send({
      call: 'container.remove',
      method: 'DELETE',
      path: `/containers/${encodeURIComponent(idOrName)}`,
      query: { force: '1', v: '1' },
      expected: [404, 409],
      timeoutMs: REMOVE_TIMEOUT_MS,
      ...options,
    });
  }

  /** Waits for the end of its process. @throws PodexError timed_out. */
  async waitForExit(id: string, options: CallOptions = {}): Promise<number> {
    const response = await this.#client.request(z.object({ StatusCode: z.number() }), {
      call: 'container.wait',
      method: 'POST',
      path: `/containers/${id}/wait`,
      timeoutMs: PROCESS_WAIT_TIMEOUT_MS,
      guard: 'slow',
      ...options,
    });
    return response.status === 'ok' ? response.value.StatusCode : response.status;
  }

  /** The last lines of stdout and stderr, without escape sequences. */
  async readOutput(id: string, lines: number, options: CallOptions = {}): Promise<string> {
    const response = await this.#client.request(z.instanceof(Buffer), {
      call: 'container.logs',
      method: 'GET',
      path: `/containers/${id}/logs`,
      query: { stdout: '1', stderr: '1', tail: String(lines) },
      timeoutMs: LOOK_TIMEOUT_MS,
      ...options,
    });
    return response.status === 'ok' ? plainText(demuxOutput(response.value)) : '';
  }

  /** Unpacks a tar archive below `directory`; the container need not run. */
  async putArchive(
    id: string,
    directory: string,
    tar: Readable | Buffer,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#client.send({
      call: 'container.put_archive',
      method: 'PUT',
      path: `/containers/${id}/archive`,
      query: { path: directory },
      file: tar,
      timeoutMs: ARCHIVE_TIMEOUT_MS,
      guard: 'slow',
      ...options,
    });
  }

  /** Whether a path exists in it; the container need not run. */
  async hasPath(id: string, path: string, options: CallOptions = {}): Promise<boolean> {
    const response = await this.#client.openStream({
      call: 'container.stat',
      method: 'HEAD',
      path: `/containers/${id}/archive`,
      query: { path },
      expected: [404],
      timeoutMs: LOOK_TIMEOUT_MS,
      ...options,
    });
    if (response.status !== 'ok') return false;
    response.value.resume();
    return true;
  }

  async #act(
    call: string,
    id: string,
    verb: string,
    query: Record<string, string>,
    options: CallOptions & { timeoutMs: number; expected?: readonly number[] },
  ): Promise<void> {
    await this.#client.send({ call, method: 'POST', path: `/containers/${id}/${verb}`, query, ...options });
  }
}

/** The questions that can be asked about containers. */
export type ContainerCalls = Pick<Containers, keyof Containers>;

/** Engines put a slash before it. */
function plainName(name: string): string {
  return name.replace(/^\//, '');
}

function toContainer(raw: z.infer<typeof inspection>): Container {
  return {
    id: raw.Id,
    name: plainName(raw.Name),
    imageId: raw.Image,
    state: raw.State.Status,
    createdAtMs: Date.parse(raw.Created),
    startedAt: raw.State.StartedAt,
    exitCode: raw.State.ExitCode,
    isOutOfMemory: raw.State.OOMKilled,
    startError: raw.State.Error,
    runtime: raw.HostConfig.Runtime ?? '',
    labels: raw.Config.Labels ?? {},
    macAddress: macAddressOf(raw),
    networks: Object.fromEntries(
      Object.entries(raw.NetworkSettings.Networks ?? {}).map(([name, { IPAddress }]) => [name, IPAddress]),
    ),
  };
}

function macAddressOf({ Config, NetworkSettings }: z.infer<typeof inspection>): string {
  const cards = Object.values(NetworkSettings.Networks ?? {}).map(({ MacAddress = '' }) => MacAddress);
  return cards.find((address) => address !== '') ?? Config.MacAddress ?? '';
}
