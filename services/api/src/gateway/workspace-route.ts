import { PodexError } from '@podex/contracts/errors';
import { type WorkspaceId, workspaceId } from '@podex/contracts/ids';
import * as inside from '@podex/contracts/routes/inside-routes';

const PREFIX = '/api/workspaces/{workspace_id}';
const ROUTES = new Map(Object.values(inside).map((route) => [route.operationId as string, route]));
const PARAMETER = /\{(\w+)\}/g;

/** A request below a workspace, taken apart once: what the door let in is what is sent on. */
export interface WorkspaceTarget {
  workspaceId: WorkspaceId;
  /** Path and query below the workspace. */
  path: string;
}

/**
 * The target of an operation that the door has let in. The path is written again from the operation’s own pattern and parsed ids, so
 * that no spelling of it (dots, encoded slashes, an absolute form) means one thing here and another further on.
 *
 * @throws PodexError not_found, invalid_request; ZodError.
 */
export function workspaceTarget(
  operation: { id: string; params: Readonly<Record<string, string>> },
  requestTarget: string,
): WorkspaceTarget {
  const route = ROUTES.get(operation.id);
  if (route === undefined) throw new PodexError('not_found', 'There is no such route in a workspace.', {});
  const params: Readonly<Record<string, string>> = route.request.params.parse(operation.params);
  const path = route.path
    .slice(PREFIX.length)
    .replace(PARAMETER, (_match, name: string) => encodeURIComponent(params[name] ?? ''));
  return {
    workspaceId: workspaceId.parse(params.workspace_id),
    path: `${path}${parseRequestTarget(requestTarget).search}`,
  };
}

/**
 * The origin form (RFC 9112 §3.2.1) of a request target, read by the platform’s own parser.
 *
 * @throws PodexError invalid_request for an absolute or protocol-relative target.
 */
export function parseRequestTarget(target: string): URL {
  if (/^\/(?!\/)/.test(target) && URL.canParse(target, 'http://podex'))
    return new URL(target, 'http://podex');
  throw new PodexError(
    'invalid_request',
    'The request target must be a path that begins with one slash.',
    {},
  );
}
