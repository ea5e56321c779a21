import { z } from 'zod';
import { moveId, serverId, workspaceId } from '../ids.ts';
import { regionMatch, requiredLabels } from '../placement.ts';
import { keptText, lineText } from '../text.ts';
import { workspaceSize } from '../workspaces.ts';

/**
 * How compute (client) moves workspaces for api (server). A move holds its workspace, which does not run meanwhile.
 *
 * - `POST /internal/moves/claim`          claimWorkspacesInput → claimMovesResult   long poll, leases
 * - `POST /internal/moves/{id}/target`    moveTargetInput → 204 | 409               where to, before anything is copied
 * - `POST /internal/moves/{id}/progress`  moveProgressInput → 204 | 409             renews the lease
 * - `POST /internal/moves/{id}/switch`    moveSwitchInput → 204 | 409               from here on the copy is what counts
 * - `POST /internal/moves/{id}/end`       moveEndInput → 204 | 409                  gives the lease back
 *
 * `workspace_changed`: the lease is another’s by now, or the move was cancelled.
 */
const leaseToken = lineText(100);
const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);

/** A folder of a workspace on a server. Each copy has a key of its own, which is never used again. */
export const storagePlace = z.object({ server_id: serverId, storage_key: z.string() });
export type StoragePlace = z.infer<typeof storagePlace>;

export const moveTask = z.object({
  id: moveId,
  workspace_id: workspaceId,
  lease_token: z.string(),
  lease_ttl_ms: z.number().int(),
  attempts: z.number().int().meta({ description: 'Failed tries in a row.' }),
  size: workspaceSize,
  image: z.string().nullable().meta({ description: 'null: the default of compute.' }),
  region: z.string().nullable(),
  region_match: regionMatch,
  required_labels: requiredLabels,
  source: storagePlace.nullable().meta({ description: 'null: its server is registered no more.' }),
  target_key: z.string(),
  target_server: serverId.nullable().meta({ description: 'null: compute chooses.' }),
  step: z.enum(['copy', 'clean']).meta({ description: 'clean: remove `leftover`, and nothing else.' }),
  leftover: storagePlace.nullable().meta({ description: 'The copy that does not count.' }),
});
export type MoveTask = z.infer<typeof moveTask>;
export const claimMovesResult = z.object({ items: z.array(moveTask) });

export const moveTargetInput = z.object({ lease_token: leaseToken, server_id: serverId });

export const moveProgressInput = z.object({
  lease_token: leaseToken,
  status: z.enum(['copying', 'verifying', 'switching']),
  bytes_done: count,
  bytes_total: count.nullable(),
  files_total: count.nullable(),
});
export type MoveProgressInput = z.infer<typeof moveProgressInput>;

export const moveSwitchInput = z.object({ lease_token: leaseToken });

/** `cleaned`: nothing is left over. `failed`: it is given up. `again`: it is tried again after `retry_in_ms`. */
export const moveEndInput = z.object({
  lease_token: leaseToken,
  result: z.enum(['cleaned', 'failed', 'again']),
  reason: keptText(1000).nullable(),
  retry_in_ms: z.number().int().min(0).max(600_000).default(0),
});
export type MoveEndInput = z.input<typeof moveEndInput>;
