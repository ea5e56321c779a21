import { type TokenScope, tokenScope, type UserRole, userRole } from '@podex/contracts/accounts';
import { sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import { canSeeWorkspace } from '../access/visible-workspace-store.ts';
import type { Db } from '../database/connect.ts';

/** What is asked about: everything that open connections of this process rest on. */
export interface Asked {
  tokens: readonly string[];
  sessions: readonly string[];
  /** Who is shown which workspace. */
  views: readonly { workspaceId: string; userId: string }[];
}

export interface StandingCredential {
  role: UserRole;
  scope: TokenScope;
}

export interface Standing {
  /** By the id of the session or token; one that is not in it has ended. */
  credentials: ReadonlyMap<string, StandingCredential>;
  /** `workspace user` of each pair where the user may see the workspace. */
  visible: ReadonlySet<string>;
}

/** One member of `Standing.visible`. */
export function visibleKey(workspaceId: string, userId: string): string {
  return `${workspaceId} ${userId}`;
}

/** One statement, by primary keys only, whatever the number of connections. */
export async function readStanding(db: Db, { tokens, sessions, views }: Asked): Promise<Standing> {
  const { rows } = await sql<{ kind: string; id: string; user_id: string; role: string; scope: string }>`
    select 'token' as kind, token.id, token.user_id, u.role, token.scope
    from token join "user" u on u.id = token.user_id
    where token.id = any(${tokens}::text[]) and (token.expires_at is null or token.expires_at > now())
      and ${isActiveUser('u')}
    union all
    select 'session', session.id, session.user_id, u.role, 'admin'
    from session join "user" u on u.id = session.user_id
    where session.id = any(${sessions}::text[]) and session.expires_at > now() and ${isActiveUser('u')}
    union all
    select 'workspace', workspace.id, asked.user_id, 'user', 'read'
    from unnest(${views.map((view) => view.workspaceId)}::text[], ${views.map((view) => view.userId)}::text[])
      as asked(workspace_id, user_id)
    join workspace on workspace.id = asked.workspace_id
    where ${canSeeWorkspace(sql<string>`asked.user_id`)}`.execute(db);
  const credentials = new Map<string, StandingCredential>();
  const visible = new Set<string>();
  for (const row of rows) {
    if (row.kind === 'workspace') visible.add(visibleKey(row.id, row.user_id));
    else credentials.set(row.id, toCredential(userRole.parse(row.role), tokenScope.parse(row.scope)));
  }
  return { credentials, visible };
}

/** As the door sees it: without the role nothing has the scope `admin`. */
function toCredential(role: UserRole, scope: TokenScope): StandingCredential {
  return { role, scope: scope === 'admin' && role !== 'admin' ? 'write' : scope };
}
