import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** Of one request, from its arrival to the end of the response. */
export interface Interval {
  start: number;
  end: number;
}

export interface TimedProxy {
  url: string;
  /** Until it is known, requests are refused. */
  target: string | undefined;
  /** In the order in which they ended. */
  intervals: Interval[];
  stop(): void;
}

/** Passes requests on to a service, and notes when it was at work. */
export async function startTimedProxy(target?: string): Promise<TimedProxy> {
  const intervals: Interval[] = [];
  const server = createServer((incoming, outgoing) => {
    const start = performance.now();
    const { method, url: path, headers } = incoming;
    if (proxy.target === undefined) return void outgoing.writeHead(503).end();
    const { hostname, port } = new URL(proxy.target);
    const passed = send({ hostname, port, method, path, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      pipeline(response, outgoing, () => intervals.push({ start, end: performance.now() }));
    });
    passed.on('error', () => outgoing.destroy());
    pipeline(incoming, passed, () => undefined);
    outgoing.on('close', () => passed.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  const proxy: TimedProxy = {
    url: `http://127.0.0.1:${own}`,
    target,
    intervals,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  return proxy;
}

/** How much of `of` lies in none of the intervals. */
export function timeOutside(of: Interval, intervals: readonly Interval[]): number {
  let outside = 0;
  let at = of.start;
  for (const { start, end } of intervals.toSorted((one, other) => one.start - other.start)) {
    if (end <= at) continue;
    if (start >= of.end) break;
    outside += Math.max(0, start - at);
    at = end;
  }
  return outside + Math.max(0, of.end - at);
}
