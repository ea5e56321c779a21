import { z } from 'zod';
import type { SettingValues } from './settings.ts';
import { boundedRecord, lineText } from './text.ts';

/** What a server has too little of for one more workspace. */
export const placementShortage = z.enum(['cpu', 'memory_mb', 'disk_gb']);
export type PlacementShortage = z.infer<typeof placementShortage>;

/** Why one server did not get a workspace. A server that is short of several things has a row for each. */
export const placementRefusal = z.discriminatedUnion('cause', [
  z.object({
    server: z.string(),
    cause: z.literal('no_room'),
    short: placementShortage,
    needed: z.number(),
    free: z.number().meta({ description: 'Of what may be promised, overcommit included.' }),
  }),
  z.object({
    server: z.string(),
    cause: z.enum(['not_ready', 'elsewhere', 'architecture', 'labels', 'region', 'reservation']),
    detail: z.string(),
  }),
]);
export type PlacementRefusal = z.infer<typeof placementRefusal>;

const LABEL_MAX = 63;
const LABELS_MAX = 16;

/** Labels that the server of a workspace must have. */
export const requiredLabels = boundedRecord(
  z
    .string()
    .min(1)
    .max(LABEL_MAX)
    .regex(/^[a-z0-9][a-z0-9._/-]*$/, 'a lower-case letter or digit, then also . _ / -'),
  lineText(LABEL_MAX),
  LABELS_MAX,
);
export type RequiredLabels = z.infer<typeof requiredLabels>;

export const wantedRegion = lineText(LABEL_MAX).trim().min(1);

/** `required`: nowhere else. `preferred`: elsewhere when there is no room. */
export const regionMatch = z.enum(['required', 'preferred']);
export type RegionMatch = z.infer<typeof regionMatch>;

export interface Sizes {
  cpu: number;
  memory_mb: number;
  disk_gb: number;
}

/** What of a server may be promised to workspaces: the one rule for who chooses a server and for who reserves it. */
export function promisedSizes(
  total: Sizes,
  settings: Pick<SettingValues, 'cpu_overcommit' | 'memory_overcommit' | 'disk_overcommit'>,
): Sizes {
  return {
    cpu: total.cpu * settings.cpu_overcommit,
    memory_mb: total.memory_mb * settings.memory_overcommit,
    disk_gb: total.disk_gb * settings.disk_overcommit,
  };
}
