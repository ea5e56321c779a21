import { z } from 'zod';
import { serverId } from '../ids.ts';
import { keptText, lineText } from '../text.ts';
import { workspaceSize } from '../workspaces.ts';

const leaseToken = lineText(100);
/** Names a slot, and its folder on the server. */
export const slotKey = lineText(100).regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/);

/**
 * The pool of warm slots: started containers that belong to nobody until a new workspace takes one. One compute at a time keeps it, by
 * a lease; api’s rows say what is there, and hand a slot to a workspace in the transaction that makes the workspace.
 *
 * - `POST /internal/pool/keep`                keepPoolInput → keepPoolResult     long poll; takes and renews the lease
 * - `POST /internal/pool/slots`               addSlotInput → 204 | 409           a slot to be filled, with its room on the server
 * - `POST /internal/pool/slots/{key}/observe` observeSlotInput → 204 | 409       how far it is; 409 when a workspace has it by now
 */
export const slotStatus = z.enum(['filling', 'ready', 'removing']);
export type SlotStatus = z.infer<typeof slotStatus>;

export const keepPoolInput = z.object({
  worker_id: lineText(100).min(1),
  lease_token: leaseToken.nullable(),
  seen: lineText(100).nullable().meta({ description: 'Of the last result: waits until there is another.' }),
  wait_ms: z.number().int().min(0).max(30_000),
  image: lineText(255),
  size: workspaceSize,
  slots: z.number().int().min(0).max(1000).meta({ description: 'What the variable of compute says.' }),
});
export type KeepPoolInput = z.infer<typeof keepPoolInput>;

export const slotRecord = z.object({
  storage_key: slotKey,
  server_id: serverId,
  image: z.string(),
  size: workspaceSize,
  status: slotStatus,
  container_id: z.string().nullable(),
  image_id: z.string().nullable(),
  version: z.string().nullable().meta({ description: 'Of the runtime that is mounted.' }),
});
export type SlotRecord = z.infer<typeof slotRecord>;

export const poolServer = z.object({
  id: serverId,
  takes_work: z.boolean().meta({ description: 'Ready, and not held back by its operator.' }),
  total_cpu: z.number().meta({ description: 'That are promised, with overcommit.' }),
  total_memory_mb: z.number(),
  free_cpu: z.number().meta({ description: 'Beside workspaces and slots.' }),
  free_memory_mb: z.number(),
});

export const keepPoolResult = z.object({
  lease_token: z.string().nullable().meta({ description: 'null: another compute keeps the pool.' }),
  seen: z.string(),
  pool_id: z
    .string()
    .meta({ description: 'Stands on its containers: an engine may serve another Podex too.' }),
  wanted: z.number().int(),
  free_workspaces: z
    .number()
    .int()
    .meta({ description: 'How many more may run, beside workspaces and slots.' }),
  slots: z.array(slotRecord),
  servers: z.array(poolServer),
});
export type KeepPoolResult = z.infer<typeof keepPoolResult>;

export const addSlotInput = z.object({
  lease_token: leaseToken,
  storage_key: slotKey,
  server_id: serverId,
  image: lineText(255),
  size: workspaceSize,
});
export type AddSlotInput = z.infer<typeof addSlotInput>;

/** `removing` takes a slot out of the pool, `removed` forgets it: its container and its folder are gone. */
export const observeSlotInput = z.object({
  lease_token: leaseToken,
  status: z.enum(['ready', 'removing', 'removed']),
  container_id: lineText(128).nullable(),
  image_id: lineText(128).nullable(),
  version: lineText(128).nullable(),
  failure: keptText(2000).nullable().meta({ description: 'Why it could not be filled.' }),
});
export type ObserveSlotInput = z.infer<typeof observeSlotInput>;
