import { type ErrorCode, PodexError } from '@podex/contracts/errors';
import { sentenceOfRefusals } from './refusal-sentence.ts';

/** Of a server that can’t be reached. Its address, and why, are for admins: they find both with the server. */
export const SERVER_SILENT = 'Can’t reach its server. Nothing is lost, and Podex tries again.';
const UNEXPECTED = 'Something went wrong in Podex. The log of compute has the detail.';

/** Messages that are about the workspace alone. Those of all other codes tell of servers, networks and what an engine said. */
const OWN_WORDS: ReadonlySet<ErrorCode> = new Set([
  'conflict',
  'container_ended',
  'workspace_changed',
  'workspace_not_running',
]);

const NEUTRAL: Partial<Record<ErrorCode, string>> = {
  image_not_available:
    'The image could not be pulled. Ask an admin, who finds the cause in the server’s log.',
  container_failed: 'The server could not do this. Ask an admin, who finds the cause in the server’s log.',
  runtime_not_isolated: 'The server does not isolate workspaces. Ask an admin, who finds the cause there.',
  disk_full: 'The disk of the server is full. Ask an admin to free or add space there.',
  server_unreachable: SERVER_SILENT,
  server_not_found: 'Its server is registered no more.',
  daemon_unreachable: 'Can’t reach the workspace. Podex tries again.',
  limit_reached: 'No room is left on the servers. It is tried again; an admin can add a server.',
  timed_out: 'It took too long. It is tried again.',
};

/** What the owner of a workspace reads of a failure. The log has the whole of it. */
export function reasonForUsers(error: unknown): string {
  if (!PodexError.isInstance(error)) return UNEXPECTED;
  if (PodexError.has(error, 'no_server_available')) return sentenceOfRefusals(error.context.refusals);
  if (OWN_WORDS.has(error.code)) return error.message.slice(0, 2000);
  return NEUTRAL[error.code] ?? UNEXPECTED;
}

/** The error of a request that a user made. */
export function errorForUsers(error: unknown): unknown {
  if (PodexError.has(error, 'server_unreachable')) {
    const { retry_after_seconds: seconds } = error.context;
    const context = seconds === undefined ? {} : { retry_after_seconds: seconds };
    return new PodexError('server_unreachable', SERVER_SILENT, context, { cause: error });
  }
  if (PodexError.has(error, 'daemon_unreachable')) {
    const message = 'Can’t reach the workspace. Try again in a moment.';
    return new PodexError('daemon_unreachable', message, {}, { cause: error });
  }
  if (!PodexError.has(error, 'container_failed')) return error;
  const message = reasonForUsers(error);
  return new PodexError('container_failed', message, { reason: 'refused_by_engine' }, { cause: error });
}
