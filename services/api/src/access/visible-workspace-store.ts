import type { UserId } from '@podex/contracts/ids';
import { type RawBuilder, sql } from 'kysely';

/**
 * Who may see a workspace, and with it everything in it: conversations, turns, approvals, bytes. The one predicate that every store
 * takes; it goes into a `where` of a statement that has the table `workspace`. A deleted workspace is seen by nobody.
 *
 * @param viewer a user's id, or an expression that gives one.
 */
export function canSeeWorkspace(viewer: UserId | RawBuilder<string>): RawBuilder<boolean> {
  return sql<boolean>`(workspace.owner_id = ${viewer} and workspace.desired_status <> 'deleted')`;
}
