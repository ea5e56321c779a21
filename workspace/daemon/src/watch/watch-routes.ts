import path from 'node:path';
import { WATCH_IGNORED, type WatchEvent, watchQuery } from '@podex/contracts/file-events';
import { canonicalPath } from '../files/file-names.ts';
import { requireOutsideKernel } from '../files/kernel-files.ts';
import { parseRequestTarget } from '../http/message.ts';
import type { Call, Route } from '../http/router.ts';
import { EventStream } from './event-stream.ts';
import { FileWatch } from './file-watch.ts';

export interface WatchRoutesOptions {
  homePath: string;
}

export function watchRoutes({ homePath }: WatchRoutesOptions): Route[] {
  const watch = new FileWatch();
  return [
    {
      method: 'GET',
      path: '/watch',
      async answer(call) {
        const input = watchQuery.parse(listsIn(call));
        const paths = (input.path ?? ['.']).map((one) => path.resolve(homePath, canonicalPath(one)));
        for (const one of paths) await requireOutsideKernel(one);
        if (call.request.method === 'HEAD') {
          call.response.writeHead(200, { 'content-type': 'text/event-stream' }).end();
          return undefined;
        }
        using events = new EventStream(call.response);
        const options = {
          paths,
          isRecursive: input.recursive,
          ignored: new Set<string>(input.ignore ?? WATCH_IGNORED),
          send: (event: WatchEvent) => events.send(event),
        };
        await watch.follow(options, call.signal);
        return undefined;
      },
    },
  ];
}

function listsIn({ url, query }: Call): Record<string, unknown> {
  const { searchParams } = parseRequestTarget(url);
  const list = (name: string) => (searchParams.has(name) ? searchParams.getAll(name) : undefined);
  return { ...query, path: list('path'), ignore: list('ignore') };
}
