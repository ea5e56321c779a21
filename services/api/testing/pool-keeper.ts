import { randomUUID } from 'node:crypto';
import type { KeepPoolResult } from '@podex/contracts/internal/pool';
import type { Answer, TestApi } from './test-api.ts';

/** The image that `ComputeWorker` places too. */
const IMAGE = 'podex/workspace:test';

/** Plays the compute that keeps the warm pool over the internal protocol, without an engine. */
export class TestPoolKeeper {
  readonly #api: TestApi;
  readonly #id = `keeper-${randomUUID()}`;
  readonly #image: string;
  leaseToken: string | null = null;

  constructor(api: TestApi, image = IMAGE) {
    this.#api = api;
    this.#image = image;
  }

  async keep(more: { slots?: number; seen?: string; wait_ms?: number } = {}): Promise<KeepPoolResult> {
    const { body } = await this.#api.internal('POST', '/internal/pool/keep', {
      worker_id: this.#id,
      lease_token: this.leaseToken,
      seen: null,
      wait_ms: 0,
      image: this.#image,
      size: 'small',
      slots: 0,
      ...more,
    });
    this.leaseToken = body.lease_token;
    return body;
  }

  async add(serverId: string, key: string = randomUUID()): Promise<{ key: string; answer: Answer }> {
    const answer = await this.#api.internal('POST', '/internal/pool/slots', {
      lease_token: this.leaseToken ?? '',
      storage_key: key,
      server_id: serverId,
      image: this.#image,
      size: 'small',
    });
    return { key, answer };
  }

  async observe(
    key: string,
    status: 'ready' | 'removing' | 'removed',
    failure: string | null = null,
  ): Promise<Answer> {
    return this.#api.internal('POST', `/internal/pool/slots/${key}/observe`, {
      lease_token: this.leaseToken ?? '',
      status,
      container_id: status === 'ready' ? `container-of-${key}` : null,
      image_id: 'sha256:0',
      version: 'v1',
      failure,
    });
  }

  /** @returns the folder of each. */
  async fill(serverId: string, count: number): Promise<string[]> {
    const keys: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const { key, answer } = await this.add(serverId);
      if (answer.status !== 204) throw new Error(`no slot was added: ${JSON.stringify(answer.body)}`);
      await this.observe(key, 'ready');
      keys.push(key);
    }
    return keys;
  }
}
