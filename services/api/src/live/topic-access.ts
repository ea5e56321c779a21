import { PodexError } from '@podex/contracts/errors';
import type { Actor } from '../calls/actor.ts';
import type { OperationView } from '../calls/call.ts';
import type { Permit } from '../http/permission.ts';
import { MESSAGES } from '../http/policy.ts';

/**
 * @returns what the actor is to the workspace that the topic tells of; undefined when it tells of none.
 * @throws PodexError when the topic is not the actor’s: the same error that its resource would answer with.
 */
export async function requireReadable(
  permit: Permit,
  actor: Actor,
  topic: string,
): Promise<OperationView | undefined> {
  const [kind = '', id = ''] = topic.split(':');
  switch (kind) {
    case 'user':
      requireOwn(actor, id);
      return permit(actor, MESSAGES['live.subscribe user'], {});
    case 'workspace':
      return permit(actor, MESSAGES['live.subscribe workspace'], { workspace_id: id });
    case 'conversation':
      return permit(actor, MESSAGES['live.subscribe conversation'], { conversation_id: id });
    case 'servers':
      return permit(actor, MESSAGES['live.subscribe servers'], {});
    default:
      throw new PodexError('not_found', 'There is no such topic.', {});
  }
}

function requireOwn(actor: Actor, id: string): void {
  if (id !== actor.userId) throw new PodexError('user_not_found', 'There is no such user.', {});
  if (actor.workspaceIds === undefined) return;
  const message = 'Your token is for some workspaces only, and this topic tells of all of them.';
  throw new PodexError('forbidden', message, {});
}
