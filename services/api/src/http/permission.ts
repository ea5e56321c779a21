import type { TeamRole, WorkspaceRelation } from '@podex/contracts/access';
import { PodexError } from '@podex/contracts/errors';
import {
  approvalId,
  conversationId,
  type TeamId,
  teamId,
  turnId,
  type UserId,
  workspaceId,
} from '@podex/contracts/ids';
import { z } from 'zod';
import type { RelationToWorkspace, WorkspaceResource } from '../access/relation-store.ts';
import { coversRelation, coversTeamRole } from '../access/relations.ts';
import type { Viewer } from '../access/visible-workspace-store.ts';
import type { Actor } from '../calls/actor.ts';
import type { OperationView } from '../calls/call.ts';
import { coversScopes } from '../calls/scopes.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Policy, Relation } from './policy.ts';

type Params = Readonly<Record<string, string>>;

/** What a person is, and to what a request names; undefined when they may not see it. */
export interface Relations {
  toWorkspace(
    db: Db | Tx,
    viewer: Viewer,
    resource: WorkspaceResource,
    id: string,
  ): Promise<RelationToWorkspace | undefined>;
  toTeam(db: Db | Tx, userId: UserId, id: TeamId): Promise<TeamRole | undefined>;
  holdAdmin(tx: Tx, userId: UserId): Promise<boolean>;
}

/**
 * The one place where a row of the policy table is applied, to operations and to messages alike.
 *
 * @param params what the path, or the message, names.
 * @returns of an operation on a workspace, or on what belongs to one, what the actor is to it.
 * @param within a transaction of the request: what was so at the door is looked at again.
 * @throws PodexError forbidden; …_not_found when the actor may not see what is named: nobody learns whether it is there. ZodError.
 */
export type Permit = (
  actor: Actor,
  policy: Policy,
  params: Params,
  within?: Tx,
) => Promise<OperationView | undefined>;

export function createPermit(db: Db, relations: Relations): Permit {
  return async (actor, policy, params, within) => {
    if (policy.access === 'anyone') return undefined;
    requireRole(actor, policy.access);
    requireScopes(actor, policy.scopes);
    if (
      policy.access === 'admin' &&
      within !== undefined &&
      !(await relations.holdAdmin(within, actor.userId))
    )
      throw notAdmin();
    requireWithinLimits(actor, policy);
    const { relation } = policy;
    if (relation === undefined) return undefined;
    if (relation.to === 'team') {
      const id = named.team.parse(params).team_id;
      await requireTeamRole((userId) => relations.toTeam(within ?? db, userId, id), actor, relation.atLeast);
      return undefined;
    }
    const found = await relations.toWorkspace(within ?? db, actor, relation.to, ID_OF[relation.to](params));
    return requireView(found, relation);
  };
}

/** Whether somebody who is this to a workspace may do what the policy says, by this credential. */
export function isPermitted(
  actor: Actor,
  policy: Extract<Policy, { relation?: Relation }>,
  held: WorkspaceRelation,
): boolean {
  const { relation, scopes } = policy;
  if (relation === undefined || relation.to === 'team') return false;
  return coversScopes(actor.scopes, scopes) && coversRelation(held, relation.atLeast);
}

function requireRole(actor: Actor, role: Actor['role']): void {
  if (role === 'admin' && actor.role !== 'admin') throw notAdmin();
}

function notAdmin(): PodexError {
  return new PodexError('forbidden', 'This is for admins.', {});
}

/** What the scope `account` alone is good for outlasts a JWT, which `admin` would otherwise cover. */
function requireScopes(actor: Actor, needed: readonly Actor['scopes'][number][]): void {
  if (actor.via === 'jwt' && needed.every((scope) => scope === 'account')) {
    const message = 'A JWT can’t do this. Use the token or the session that it was made with.';
    throw new PodexError('forbidden', message, {});
  }
  if (coversScopes(actor.scopes, needed)) return;
  throw new PodexError('forbidden', `This needs a token of scope ${needed.join(' or ')}.`, {});
}

function requireWithinLimits(
  { workspaceIds }: Actor,
  { relation, forLimited }: Exclude<Policy, { access: 'anyone' }>,
): void {
  const namesWorkspace = relation !== undefined && relation.to !== 'team';
  if (workspaceIds === undefined || forLimited || namesWorkspace) return;
  throw new PodexError('forbidden', 'Your token is for some workspaces only, and this is about more.', {});
}

function requireView(
  found: RelationToWorkspace | undefined,
  { to, atLeast }: Extract<Relation, { to: WorkspaceResource }>,
): OperationView {
  if (found === undefined) throw new PodexError(`${to}_not_found`, `There is no such ${to}.`, {});
  if (coversRelation(found.relation, atLeast)) return { ...found, atLeast };
  const message = `You have this workspace as ${found.relation}, and this needs ${atLeast}. Ask its owner.`;
  throw new PodexError('forbidden', message, {});
}

const named = {
  workspace: z.object({ workspace_id: workspaceId }),
  conversation: z.object({ conversation_id: conversationId }),
  turn: z.object({ turn_id: turnId }),
  approval: z.object({ approval_id: approvalId }),
  team: z.object({ team_id: teamId }),
};

/** @throws ZodError that names the parameter. */
const ID_OF: Readonly<Record<WorkspaceResource, (params: Params) => string>> = {
  workspace: (params) => named.workspace.parse(params).workspace_id,
  conversation: (params) => named.conversation.parse(params).conversation_id,
  turn: (params) => named.turn.parse(params).turn_id,
  approval: (params) => named.approval.parse(params).approval_id,
};

/** An admin of the platform manages every team, and is no member of it for that. */
async function requireTeamRole(
  roleOf: (userId: UserId) => Promise<TeamRole | undefined>,
  actor: Actor,
  atLeast: TeamRole,
): Promise<void> {
  if (actor.role === 'admin' && actor.scopes.includes('admin')) return;
  const role = await roleOf(actor.userId);
  if (role === undefined) throw new PodexError('team_not_found', 'There is no such team.', {});
  if (coversTeamRole(role, atLeast)) return;
  throw new PodexError('forbidden', `You are a ${role} of this team, and this needs its ${atLeast}.`, {});
}
