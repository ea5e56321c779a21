import type { SharedPort } from '@podex/contracts/workspaces';
import { type RawBuilder, sql } from 'kysely';

// Reads tables: preview_port, platform_setting. What others can open is decided by `effectiveAccess` for previews, and here for lists.

const isPublicForbidden = sql`exists (select from platform_setting where key = 'preview_public_allowed' and value = 'false'::jsonb)`;

/** Of the table `workspace` in the statement: its ports that others than its people can open. */
export const sharedPorts: RawBuilder<SharedPort[]> = sql`(
  select coalesce(json_agg(json_build_object('port', shared.port, 'access', shared.access) order by shared.port), '[]')
  from preview_port as shared
  where shared.workspace_id = workspace.id and (shared.access = 'link' or (shared.access = 'public' and not ${isPublicForbidden}))
)`;
