import type { IncomingMessage } from 'node:http';

/** Bodies of api’s own routes are small: a client that needs longer is not one of ours. */
const BODY_DEADLINE_MS = 30_000;

/** Routes whose bodies go through to the workspace as they are, of any size and for as long as they take. */
export const FORWARDED = /^\/api\/workspaces\/[^/]+\/(files|commands|terminals|search)(\/|$)/;

/** Undefined where the body goes through to the workspace: how long that may be silent is decided where it is forwarded. */
export function bodyDeadlineMs(request: IncomingMessage): number | undefined {
  // As the router reads it: `/files/../../../auth` is none of a workspace's.
  const path = URL.parse(`http://api${request.url ?? '/'}`)?.pathname ?? '/';
  return FORWARDED.test(path) ? undefined : BODY_DEADLINE_MS;
}
