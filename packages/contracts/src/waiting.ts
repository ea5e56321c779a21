import { z } from 'zod';
import { teamId, userId, workspaceId } from './ids.ts';
import { placementRefusal, regionMatch, requiredLabels } from './placement.ts';
import { workspaceSize } from './workspaces.ts';

/** More servers than this are not named. */
export const REFUSALS_MAX = 100;

/** Why no server took a workspace at its last try. */
export const roomWait = z.object({
  refusals: z
    .array(placementRefusal)
    .max(REFUSALS_MAX)
    .meta({ description: 'By server; none where the fleet is full, or there is no server.' }),
  max_workspaces: z
    .number()
    .int()
    .nullable()
    .meta({ description: 'That may run over all servers, when it is this that is reached; else null.' }),
});
export type RoomWait = z.infer<typeof roomWait>;

/** A workspace that is to run and that no server takes, for admins. */
export const waitingWorkspace = z
  .object({
    id: workspaceId,
    name: z.string(),
    owner: z.object({ id: userId, email: z.string() }),
    team: z.object({ id: teamId, name: z.string() }).nullable(),
    size: workspaceSize,
    region: z.string().nullable(),
    region_match: regionMatch,
    labels: requiredLabels,
    waiting_since: z.iso.datetime(),
    next_attempt_at: z.iso.datetime(),
    ...roomWait.shape,
    cures: z.array(z.string()).meta({ description: 'What would give it room, in words.' }),
  })
  .meta({ id: 'WaitingWorkspace' });
export type WaitingWorkspace = z.infer<typeof waitingWorkspace>;
