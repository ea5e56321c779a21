import type { IncomingMessage } from 'node:http';
import { BODY_DEADLINE_MS, FORWARDED_PATH } from '@podex/contracts/limits';

/** Undefined where the body goes through to the workspace: how long that may be silent is decided where it is forwarded. */
export function bodyDeadlineMs(request: IncomingMessage): number | undefined {
  // As the router reads it: `/files/../../../auth` is none of a workspace's.
  const path = URL.parse(`http://api${request.url ?? '/'}`)?.pathname ?? '/';
  return FORWARDED_PATH.test(path) ? undefined : BODY_DEADLINE_MS;
}
