import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { EngineApiError } from './engine-api.ts';

const engineMessage = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
});

/** One line of what the engine says while it pulls, builds, loads or imports. */
export type EngineMessage = z.infer<typeof engineMessage>;

/**
 * Reads such a response to its end. The engine reports a failure in the middle of a 200 response.
 *
 * @throws EngineApiError with the engine's text when one of the lines is an error.
 */
export async function readEngineMessages(
  response: IncomingMessage,
  onMessage: (message: EngineMessage) => void,
): Promise<void> {
  for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    const message = engineMessage.parse(JSON.parse(line));
    if (message.error !== undefined) {
      response.destroy();
      throw new EngineApiError(500, message.error.trim());
    }
    onMessage(message);
  }
}
