import type { DrainProgress } from '@podex/contracts/drains';
import { sql } from 'kysely';

// Reads what other stores own: workspace_move, workspace. For the rows of server.

/** How far the drain of `server` is, and null when it is not draining. */
export const drainOfServer = sql<DrainProgress | null>`(
  select json_build_object(
    'moved', count(*) filter (where move.outcome = 'done' and move.created_at >= server.draining_since),
    'left', (
      select count(*) from workspace as there
      where there.server_id = server.id and there.status <> 'deleted' and there.desired_status <> 'deleted'
    ),
    'moving', count(*) filter (where move.is_open and not move.is_waiting),
    'waiting', count(*) filter (where move.is_open and move.is_waiting),
    'failed', count(distinct move.workspace_id) filter (
      where move.outcome = 'failed' and move.is_there and move.created_at >= server.draining_since
      and not exists (
        select 1 from workspace_move as later
        where later.workspace_id = move.workspace_id and later.id > move.id
      )
    ),
    'cleaning', count(*) filter (where move.outcome = 'done' and move.ended_at is null)
  )
  from (
    select workspace_move.*,
      workspace_move.outcome is null as is_open,
      workspace_move.status = 'queued'
        and not (workspace.settled and workspace.status in ('stopped', 'failed')) as is_waiting,
      workspace.server_id = workspace_move.from_server as is_there
    from workspace_move join workspace on workspace.id = workspace_move.workspace_id
    where workspace_move.from_server = server.id
      and (workspace_move.ended_at is null or workspace_move.created_at >= server.draining_since)
  ) as move
  having server.admin_status = 'draining'
)`;
