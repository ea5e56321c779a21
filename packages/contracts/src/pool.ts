import { z } from 'zod';
import { serverId } from './ids.ts';
import { workspaceSize } from './workspaces.ts';

const count = z.number().int();

/** The warm pool as admins see it. */
export const pool = z
  .object({
    wanted: count.meta({
      description:
        'Slots that are to be kept now: of the schedule, else of the setting, else COMPUTE_WARM_POOL_SIZE.',
    }),
    scheduled_by: z
      .string()
      .nullable()
      .meta({ description: 'The line of warm_pool_schedule that holds now; null where none does.' }),
    schedule: z.array(z.string()).meta({ description: 'All of its lines.' }),
    next_change: z
      .object({
        at: z.iso.datetime(),
        wanted: count,
        scheduled_by: z
          .string()
          .nullable()
          .meta({ description: 'The line that holds from then on; null where none does.' }),
      })
      .nullable()
      .meta({ description: 'When the schedule next wants another number of slots; null: it never does.' }),
    ready: count.meta({ description: 'Slots that a new workspace can take.' }),
    filling: count,
    removing: count,
    image: z.string().nullable().meta({ description: 'null until a compute has kept the pool.' }),
    size: workspaceSize,
    is_kept: z.boolean().meta({ description: 'Whether a compute keeps the pool at present.' }),
    servers: z.array(
      z.object({ server_id: serverId, name: z.string(), ready: count, filling: count, removing: count }),
    ),
    last_failure: z
      .object({ reason: z.string(), server_id: serverId.nullable(), at: z.iso.datetime() })
      .nullable()
      .meta({ description: 'Why a slot could not be filled, the last time.' }),
  })
  .meta({ id: 'Pool' });
export type Pool = z.infer<typeof pool>;
