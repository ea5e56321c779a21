import { z } from 'zod';
import type { CallOptions, EngineClient } from './client.ts';

const LOOK_TIMEOUT_MS = 10_000;
const CHANGE_TIMEOUT_MS = 20_000;

const inspection = z.object({
  Id: z.string(),
  Driver: z.string(),
  Internal: z.boolean(),
  EnableIPv6: z.boolean(),
  IPAM: z.object({ Config: z.array(z.object({ Gateway: z.string().optional() })).nullable() }),
  Containers: z.record(z.string(), z.unknown()).nullish(),
  Options: z.record(z.string(), z.string()).nullable(),
});

export interface Network {
  id: string;
  driver: string;
  isInternal: boolean;
  hasIpv6: boolean;
  /** The server’s own address on it; undefined when it has none. */
  gateway: string | undefined;
  /** How many containers run on it. Those that are stopped do not count. */
  runningContainers: number;
  options: Readonly<Record<string, string>>;
}

/** The body of `POST /networks/create`, as far as Podex uses it. */
export interface NetworkSpec {
  Name: string;
  CheckDuplicate: true;
  Driver: 'bridge';
  Internal: false;
  EnableIPv6: false;
  Options: Record<string, string>;
  Labels: Record<string, string>;
}

/** The networks of one engine. */
export class Networks {
  readonly #client: EngineClient;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  async find(name: string, options: CallOptions = {}): Promise<Network | undefined> {
    const response = await this.#client.request(inspection, {
      call: 'network.inspect',
      method: 'GET',
      path: `/networks/${encodeURIComponent(name)}`,
      expected: [404],
      timeoutMs: LOOK_TIMEOUT_MS,
      ...options,
    });
    if (response.status !== 'ok') return undefined;
    const { value } = response;
    return {
      id: value.Id,
      driver: value.Driver,
      isInternal: value.Internal,
      hasIpv6: value.EnableIPv6,
      gateway: value.IPAM.Config?.map(({ Gateway }) => Gateway).find((address) => address !== undefined),
      runningContainers: Object.keys(value.Containers ?? {}).length,
      options: value.Options ?? {},
    };
  }

  /** @throws PodexError container_failed with the engine’s reason, also when another compute has just made it. */
  async create(spec: NetworkSpec, options: CallOptions = {}): Promise<void> {
    await this.#client.send({
      call: 'network.create',
      method: 'POST',
      path: '/networks/create',
      body: spec,
      timeoutMs: CHANGE_TIMEOUT_MS,
      ...options,
    });
  }

  /** One that is gone already is fine. @throws PodexError container_failed when a container runs on it. */
  async remove(id: string, options: CallOptions = {}): Promise<void> {
    await this.#client.send({
      call: 'network.remove',
      method: 'DELETE',
      path: `/networks/${encodeURIComponent(id)}`,
      expected: [404],
      timeoutMs: CHANGE_TIMEOUT_MS,
      ...options,
    });
  }

  /**
   * Puts a stopped container on the network as it is now, in place of an earlier one of the same name.
   *
   * @throws PodexError container_failed when there is no such network.
   */
  async attachAgain(
    name: string,
    container: { id: string; macAddress: string },
    options: CallOptions = {},
  ): Promise<void> {
    await this.detach(name, container.id, options);
    await this.#client.send({
      call: 'network.connect',
      method: 'POST',
      path: `/networks/${encodeURIComponent(name)}/connect`,
      body: { Container: container.id, EndpointConfig: { MacAddress: container.macAddress } },
      timeoutMs: CHANGE_TIMEOUT_MS,
      ...options,
    });
  }

  /** Takes a stopped container off a network; one that is not on it is fine. */
  async detach(name: string, containerId: string, options: CallOptions = {}): Promise<void> {
    await this.#client.send({
      call: 'network.disconnect',
      method: 'POST',
      path: `/networks/${encodeURIComponent(name)}/disconnect`,
      body: { Container: containerId, Force: true },
      expected: [403, 404, 500],
      timeoutMs: CHANGE_TIMEOUT_MS,
      ...options,
    });
  }
}

/** The questions that can be asked about networks. */
export type NetworkCalls = Pick<Networks, keyof Networks>;
