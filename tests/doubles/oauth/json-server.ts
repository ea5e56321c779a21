import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const BODY_MAX = 64 * 1024;

export interface DoubleRequest {
  method: string;
  url: URL;
  headers: IncomingMessage['headers'];
  /** The body as it came, and read as a form. */
  text: string;
  form: URLSearchParams;
}

export type DoubleAnswer = (request: DoubleRequest, response: ServerResponse) => void | Promise<void>;

export interface DoubleServer {
  baseUrl: string;
  stop(): Promise<void>;
}

/** A small HTTP server on a free port of this machine. */
export async function startDoubleServer(answer: DoubleAnswer): Promise<DoubleServer> {
  const server = createServer((incoming, response) => {
    void readText(incoming)
      .then((text) => {
        const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
        const { method = 'GET', headers } = incoming;
        return answer({ method, url, headers, text, form: new URLSearchParams(text) }, response);
      })
      .catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Back to the client, as after a sign-in. */
export function sendBack(response: ServerResponse, to: string, parameters: Record<string, string>): void {
  const url = new URL(to);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  response.writeHead(302, { location: url.href }).end();
}

async function readText(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming) {
    text += String(chunk);
    if (text.length > BODY_MAX) throw new Error('the body is too large');
  }
  return text;
}
