import type { ServerResponse } from 'node:http';

const LINGER_MS = 2_000;

/**
 * Ends a response once its request has been read to its end, or for two seconds at most. A connection that is closed while bytes of a body
 * are unread is reset, and the client would lose the response that tells it why nobody wanted them.
 */
export async function endResponse(response: ServerResponse): Promise<void> {
  const { req: request } = response;
  if (!request.complete && !request.destroyed) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LINGER_MS);
      for (const event of ['end', 'close', 'error']) {
        request.once(event, () => {
          clearTimeout(timer);
          resolve();
        });
      }
      request.resume();
    });
  }
  response.end();
}
