import { z } from 'zod';
import { moveId, serverId, userId, workspaceId } from './ids.ts';
import { lineText } from './text.ts';
import { desiredStatus, workspaceStatus } from './workspaces.ts';

/**
 * `waiting`: for the workspace to stop. `cleaning`: what is left over is being removed; the workspace can be used meanwhile. The last
 * three are ends.
 */
export const moveStatus = z.enum([
  'queued',
  'waiting',
  'copying',
  'verifying',
  'switching',
  'cleaning',
  'done',
  'failed',
  'cancelled',
]);
export type MoveStatus = z.infer<typeof moveStatus>;

/** What happens to a workspace that runs: it is moved once it has stopped by itself, or stopped for it and started again. */
export const activeChoice = z.enum(['wait', 'stop']);
export type ActiveChoice = z.infer<typeof activeChoice>;

export const workspaceMove = z
  .object({
    id: moveId,
    workspace_id: workspaceId,
    workspace_name: z.string(),
    from_server: serverId.nullable().meta({ description: 'null: it is registered no more.' }),
    to_server: serverId.nullable().meta({ description: 'null: not chosen yet, or registered no more.' }),
    status: moveStatus,
    reason: z.string().nullable().meta({ description: 'What it waits for, or why it did not work.' }),
    bytes_done: z.number(),
    bytes_total: z.number().nullable().meta({ description: 'null: not counted yet.' }),
    files_total: z.number().nullable(),
    created_at: z.iso.datetime(),
    ended_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'WorkspaceMove' });
export type WorkspaceMove = z.infer<typeof workspaceMove>;

export const moveWorkspaceInput = z
  .object({
    server: serverId.optional().meta({ description: 'Where to; the best one with room when left out.' }),
    active: activeChoice.default('wait'),
  })
  .meta({ id: 'MoveWorkspace' });
export type MoveWorkspaceInput = z.infer<typeof moveWorkspaceInput>;

export const drainServerInput = z
  .object({
    move: z.boolean().default(false).meta({ description: 'Move its workspaces to other servers.' }),
    active: activeChoice.default('wait'),
  })
  .meta({ id: 'DrainServer' });
export type DrainServerInput = z.infer<typeof drainServerInput>;

/** A workspace on a server, for the admin who is about to empty or remove it. */
export const serverWorkspace = z
  .object({
    id: workspaceId,
    name: z.string(),
    owner: z.object({ id: userId, email: z.string() }),
    desired_status: desiredStatus,
    status: workspaceStatus,
    last_active_at: z.iso.datetime(),
  })
  .meta({ id: 'ServerWorkspace' });
export type ServerWorkspace = z.infer<typeof serverWorkspace>;

export const deleteServerQuery = z.object({
  lost: z
    .stringbool()
    .default(false)
    .meta({ description: 'It is gone for good: the files of its workspaces are given up.' }),
  confirm: lineText(63)
    .optional()
    .meta({ description: 'With `lost`: the name of the server, so that none is given up by mistake.' }),
});
export type DeleteServerQuery = z.infer<typeof deleteServerQuery>;
