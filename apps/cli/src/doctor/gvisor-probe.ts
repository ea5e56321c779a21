import { z } from 'zod';
import {
  type EngineEndpoint,
  requestEngine,
  requestEngineDone,
  requestEngineJson,
} from '../../../../workspace/image/engine-api.ts';

const CALL_TIMEOUT_MS = 20_000;
const LABEL = 'dev.podex.purpose';

/**
 * Runs a container under a runtime and gives what its kernel says first. Under gVisor that is gVisor's own
 * kernel, which cannot be had by a name in a configuration.
 *
 * @throws what the engine answers when it cannot run the container.
 */
export async function readKernelBanner(
  endpoint: EngineEndpoint,
  { image, runtime }: { image: string; runtime: string },
): Promise<string> {
  const { Id: id } = await requestEngineJson(
    endpoint,
    {
      method: 'POST',
      path: '/containers/create',
      body: {
        Image: image,
        Entrypoint: ['dmesg'],
        Cmd: [],
        User: '0',
        Labels: { [LABEL]: 'doctor' },
        HostConfig: { Runtime: runtime, NetworkMode: 'none', Memory: 256 * 1024 * 1024, PidsLimit: 1000 },
      },
      timeoutMs: CALL_TIMEOUT_MS,
    },
    z.object({ Id: z.string() }),
  );
  try {
    const call = { method: 'POST', timeoutMs: CALL_TIMEOUT_MS } as const;
    await requestEngineDone(endpoint, { ...call, path: `/containers/${id}/start` });
    await requestEngineDone(endpoint, { ...call, path: `/containers/${id}/wait` });
    return await readOutput(endpoint, id);
  } finally {
    await requestEngineDone(endpoint, {
      method: 'DELETE',
      path: `/containers/${id}?force=true&v=true`,
      timeoutMs: CALL_TIMEOUT_MS,
    });
  }
}

/** The engine frames output without a terminal: eight bytes of head before each piece. */
async function readOutput(endpoint: EngineEndpoint, id: string): Promise<string> {
  const response = await requestEngine(endpoint, {
    method: 'GET',
    path: `/containers/${id}/logs?stdout=true&stderr=true`,
    timeoutMs: CALL_TIMEOUT_MS,
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return unframe(Buffer.concat(chunks));
}

export function unframe(framed: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= framed.length; ) {
    const length = framed.readUInt32BE(at + 4);
    pieces.push(framed.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(pieces).toString('utf8');
}
