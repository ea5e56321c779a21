import { type WorkspaceRelation, workspaceRelation } from '@podex/contracts/access';
import {
  TOKEN_SCOPES,
  type TokenScope,
  tokenScope,
  type UserRole,
  userRole,
} from '@podex/contracts/accounts';
import type { UserId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import { relationToWorkspace } from '../access/visible-workspace-store.ts';
import { scopesWithin } from '../calls/scopes.ts';
import type { Db } from '../database/connect.ts';

/** What is asked about: everything that open connections of this process rest on. */
export interface Asked {
  tokens: readonly string[];
  sessions: readonly string[];
  /** Who is shown which workspace. */
  views: readonly { workspaceId: string; userId: UserId }[];
}

export interface StandingCredential {
  role: UserRole;
  scopes: readonly TokenScope[];
  /** Whether their owner has two-factor authentication on. */
  twoFactor: boolean;
}

export interface Standing {
  /** By the id of the session or token; one that is not in it has ended. */
  credentials: ReadonlyMap<string, StandingCredential>;
  /** By `workspace user`: what the user is to the workspace. One that is not in it may not be seen. */
  relations: ReadonlyMap<string, WorkspaceRelation>;
}

/** One key of `Standing.relations`. */
export function viewKey(workspaceId: string, userId: string): string {
  return `${workspaceId} ${userId}`;
}

/** One statement, by primary keys only, whatever the number of connections. */
export async function readStanding(db: Db, { tokens, sessions, views }: Asked): Promise<Standing> {
  const { rows } = await sql<StandingRow>`
    select 'token' as kind, token.id, token.user_id, u.role, u.two_factor_enabled, token.scopes,
      null as relation
    from token join "user" u on u.id = token.user_id
    where token.id = any(${tokens}::text[]) and (token.expires_at is null or token.expires_at > now())
      and ${isActiveUser('u')}
    union all
    select 'session', session.id, session.user_id, u.role, u.two_factor_enabled, ${TOKEN_SCOPES}::text[], null
    from session join "user" u on u.id = session.user_id
    where session.id = any(${sessions}::text[]) and session.expires_at > now() and ${isActiveUser('u')}
    union all
    select 'workspace', workspace.id, asked.user_id, 'user', false, '{}'::text[],
      ${relationToWorkspace(sql<string>`asked.user_id`)}
    from unnest(${views.map((view) => view.workspaceId)}::text[], ${views.map((view) => view.userId)}::text[])
      as asked(workspace_id, user_id)
    join workspace on workspace.id = asked.workspace_id
    where workspace.desired_status <> 'deleted'`.execute(db);
  const credentials = new Map<string, StandingCredential>();
  const relations = new Map<string, WorkspaceRelation>();
  for (const row of rows) {
    if (row.kind !== 'workspace') credentials.set(row.id, toCredential(row));
    else if (row.relation !== null) {
      relations.set(viewKey(row.id, row.user_id), workspaceRelation.parse(row.relation));
    }
  }
  return { credentials, relations };
}

interface StandingRow {
  kind: 'token' | 'session' | 'workspace';
  id: string;
  user_id: string;
  role: string;
  two_factor_enabled: boolean;
  scopes: string[];
  relation: string | null;
}

/** As the door sees it. */
function toCredential(row: StandingRow): StandingCredential {
  const role = userRole.parse(row.role);
  return {
    role,
    scopes: scopesWithin(
      role,
      row.scopes.map((scope) => tokenScope.parse(scope)),
    ),
    twoFactor: row.two_factor_enabled,
  };
}
