import { type AttachedProcess, attachToContainer } from './attach.ts';
import { type CallOptions, type ClientOptions, EngineClient } from './client.ts';
import { type ContainerCalls, Containers } from './containers.ts';
import type { ProcessStream } from './demux-stream.ts';
import type { EngineIdentity } from './errors.ts';
import { type ContainerEvent, watchContainers } from './events.ts';
import { openExec } from './exec.ts';
import { findImage, type Image, type PullOptions, pullImage } from './images.ts';
import { type NetworkCalls, Networks } from './networks.ts';
import { type EngineInfo, ping, readInfo } from './system.ts';
import { createVolume, listVolumes, removeVolume, type Volume } from './volumes.ts';

/** Everything Podex asks of the Docker engine of one server. No other folder sees docker-modem. */
export interface Engine {
  readonly identity: EngineIdentity;
  readonly containers: ContainerCalls;
  readonly networks: NetworkCalls;
  ping(options?: CallOptions): Promise<void>;
  readInfo(options?: CallOptions): Promise<EngineInfo>;
  findImage(reference: string, options?: CallOptions): Promise<Image | undefined>;
  pullImage(reference: string, options?: PullOptions): Promise<void>;
  createVolume(name: string, labels: Record<string, string>, options?: CallOptions): Promise<void>;
  listVolumes(label: string, options?: CallOptions): Promise<Volume[]>;
  removeVolume(name: string, options?: CallOptions): Promise<boolean>;
  openExec(
    containerId: string,
    argv: readonly string[],
    options?: CallOptions,
  ): Promise<ProcessStream | undefined>;
  attach(containerId: string, options?: CallOptions): Promise<AttachedProcess>;
  watchContainers(label: string, options?: CallOptions): Promise<AsyncIterable<ContainerEvent>>;
  /** Cuts connections; running calls fail. Streams that are open stay open until their holders close them. */
  close(): void;
  /** As `close`, but running calls end first. */
  retire(): void;
}

/** @throws PodexError server_unreachable when the server’s certificates cannot be read or do not fit together. */
export async function openEngine(identity: EngineIdentity, options?: ClientOptions): Promise<Engine> {
  const client = await EngineClient.create(identity, options);
  return {
    identity,
    containers: new Containers(client),
    networks: new Networks(client),
    ping: (options) => ping(client, options),
    readInfo: (options) => readInfo(client, options),
    findImage: (reference, options) => findImage(client, reference, options),
    pullImage: (reference, options) => pullImage(client, reference, options),
    createVolume: (name, labels, options) => createVolume(client, name, labels, options),
    listVolumes: (label, options) => listVolumes(client, label, options),
    removeVolume: (name, options) => removeVolume(client, name, options),
    openExec: (containerId, argv, options) => openExec(client, containerId, argv, options),
    attach: (containerId, options) => attachToContainer(client, containerId, options),
    watchContainers: (label, options) => watchContainers(client, label, options),
    close: () => client.close(),
    retire: () => client.retire(),
  };
}
