import { PodexError } from '@podex/contracts/errors';
import type {
  Container,
  ContainerCalls,
  ContainerSpec,
  ContainerState,
  ListedContainer,
} from '../src/docker/containers.ts';
import type { Engine } from '../src/docker/engine.ts';
import type { PullOptions } from '../src/docker/images.ts';
import { LABEL_ONE_OFF } from '../src/docker/labels.ts';
import type { Network, NetworkCalls, NetworkSpec } from '../src/docker/networks.ts';
import type { EngineInfo } from '../src/docker/system.ts';

export interface EngineScript {
  info?: Partial<EngineInfo>;
  /** Architecture by reference; the platform’s image when left out. */
  images?: Record<string, string>;
  pullFailure?: Error;
  /** Every call fails with it. */
  failure?: Error;
  /** What a container that is run to its end has written. */
  oneOffOutput?: string;
  /** The same by purpose, before `oneOffOutput`; the wall’s containers find a server that is as it should be. */
  outputs?: Record<string, string>;
  /** A network of workspaces that is there already. */
  network?: Network;
  oneOffExitCode?: number;
  /** What the engine shows as runtime, whatever was asked for. */
  runtimeOfContainers?: string;
}

const INFO: EngineInfo = {
  engineId: 'WS1:ENGINE',
  dataRoot: '/var/lib/docker',
  engineVersion: '24.0.0',
  apiVersion: '1.43',
  kernelVersion: '6.8.0',
  operatingSystem: 'Debian',
  osType: 'linux',
  architecture: 'x86_64',
  cpus: 8,
  memoryMb: 16_384,
  cgroupVersion: '1',
  liveRestore: true,
  clockSkewMs: 0,
  runtimes: { runc: 'runc', runsc: '/usr/bin/runsc' },
};

/** Of a server that lets workspaces reach what they may. */
const WALL_OUTPUTS: Readonly<Record<string, string>> = {
  'wall-rules': 'iptables v1.8.9 (nf_tables)\n',
  'wall-witness': `${JSON.stringify({
    port: 40_000,
    addresses: ['10.1.0.5'],
    openPorts: [22, 53],
    router: '10.1.0.1',
    mtu: 1450,
    resolvers: ['10.1.0.53'],
  })}\n`,
  'wall-probe': `${JSON.stringify({
    reached: [],
    world: [{ check: 'internet', host: '1.1.1.1', port: 443 }],
    resolvers: ['10.1.0.53'],
    resolverFailure: null,
  })}\n`,
};

type Kept = Container & { spec: ContainerSpec };

/** Its files, then the marker. */
const ARCHIVES_OF_A_RUNTIME = 2;

/** As the engine shows what was made. */
export function networkOf(spec: NetworkSpec, fields: Partial<Network> = {}): Network {
  return {
    id: 'network-of-the-test',
    driver: spec.Driver,
    isInternal: spec.Internal,
    hasIpv6: spec.EnableIPv6,
    gateway: '10.201.0.1',
    runningContainers: 0,
    options: spec.Options,
    ...fields,
  };
}

/** An engine in memory that follows a script. A container ends as soon as a caller waits for its end. */
export class ScriptedEngine implements Engine {
  readonly identity = {
    serverId: 'srv_scripted',
    serverName: 'ws1',
    address: { kind: 'socket', path: '/none' } as const,
  };
  readonly started: string[] = [];
  /** What was unpacked into containers, in this order. */
  readonly archives: Buffer[] = [];
  readonly createdNetworks: NetworkSpec[] = [];
  network: Network | undefined;
  readonly #script: EngineScript;
  readonly #kept = new Map<string, Kept>();

  constructor(script: EngineScript = {}) {
    this.#script = script;
    this.network = script.network;
  }

  get containerCount(): number {
    return this.#kept.size;
  }

  readonly networks: NetworkCalls = {
    find: async () => this.network,
    create: async (spec) => {
      this.createdNetworks.push(spec);
      this.network = networkOf(spec);
    },
    remove: async () => {
      this.network = undefined;
    },
    attachAgain: async () => undefined,
    detach: async () => undefined,
  };

  readonly containers: ContainerCalls = {
    create: async (spec) => {
      this.#mayFail();
      if ([...this.#kept.values()].some((kept) => kept.spec.name === spec.name)) return 'name_taken';
      const id = crypto.randomUUID();
      const runtime = this.#script.runtimeOfContainers ?? spec.HostConfig.Runtime;
      const state = {
        name: spec.name,
        imageId: 'sha256:0',
        state: 'created',
        exitCode: 0,
        isOutOfMemory: false,
        startError: '',
        startedAt: '',
        networks: {},
        macAddress: '',
      } as const;
      this.#kept.set(id, { id, createdAtMs: Date.now(), labels: spec.Labels, runtime, spec, ...state });
      return { id };
    },
    find: async (idOrName) =>
      [...this.#kept.values()].find(({ id, spec }) => id === idOrName || spec.name === idOrName),
    list: async (label): Promise<ListedContainer[]> =>
      [...this.#kept.values()].filter(({ labels }) => Object.hasOwn(labels, label.split('=')[0] ?? '')),
    rename: async (id, name) => {
      const kept = this.#kept.get(id);
      if (kept !== undefined) this.#kept.set(id, { ...kept, name, spec: { ...kept.spec, name } });
    },
    start: async (id) => {
      this.#mayFail();
      this.started.push(id);
      this.#become(id, 'running');
    },
    stop: async (id) => this.#become(id, 'exited'),
    kill: async (id) => this.#become(id, 'exited'),
    pause: async (id) => this.#become(id, 'paused'),
    unpause: async (id) => this.#become(id, 'running'),
    remove: async (id) => void this.#kept.delete(id),
    waitForExit: async () => this.#script.oneOffExitCode ?? 0,
    readOutput: async (id) => {
      const purpose = this.#kept.get(id)?.labels[LABEL_ONE_OFF] ?? '';
      return this.#script.outputs?.[purpose] ?? WALL_OUTPUTS[purpose] ?? this.#script.oneOffOutput ?? '';
    },
    putArchive: async (_id, _directory, tar) => {
      this.#mayFail();
      const chunks: Buffer[] = [];
      for await (const chunk of tar) chunks.push(Buffer.from(chunk));
      this.archives.push(Buffer.concat(chunks));
    },
    hasPath: async () => this.archives.length >= ARCHIVES_OF_A_RUNTIME,
  };

  async ping(): Promise<void> {
    this.#mayFail();
  }

  async readInfo(): Promise<EngineInfo> {
    this.#mayFail();
    return { ...INFO, ...this.#script.info };
  }

  async findImage(reference: string) {
    const architecture = (this.#script.images ?? { 'podex/workspace:latest': 'amd64' })[reference];
    return architecture === undefined ? undefined : { id: 'sha256:0', architecture };
  }

  async pullImage(reference: string, _options: PullOptions = {}): Promise<void> {
    throw (
      this.#script.pullFailure ?? new PodexError('image_not_available', 'no registry', { image: reference })
    );
  }

  createVolume = async () => undefined;
  listVolumes = async () => [];
  removeVolume = async () => true;
  openExec = async () => undefined;

  async attach(): Promise<never> {
    throw new Error('nothing runs in it');
  }

  async watchContainers(): Promise<AsyncIterable<never>> {
    return { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) };
  }

  close(): void {
    this.#kept.clear();
  }

  retire(): void {
    this.close();
  }

  #become(id: string, state: ContainerState): void {
    const kept = this.#kept.get(id);
    if (kept !== undefined) this.#kept.set(id, { ...kept, state });
  }

  #mayFail(): void {
    if (this.#script.failure !== undefined) throw this.#script.failure;
  }
}
