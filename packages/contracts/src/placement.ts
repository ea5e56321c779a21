import { z } from 'zod';
import { type Server, serverLabels } from './servers.ts';

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

/** Labels that the server of a workspace must have. */
export const requiredLabels = serverLabels;
export type RequiredLabels = z.infer<typeof requiredLabels>;

/** `required`: nowhere else. `preferred`: elsewhere when there is no room. */
export const regionMatch = z.enum(['required', 'preferred']);
export type RegionMatch = z.infer<typeof regionMatch>;

/** An amount of each thing that a server has only so much of. */
export type Sizes = Record<PlacementShortage, number>;

/** How many times over each is promised; settings. */
export interface Overcommit {
  cpu_overcommit: number;
  memory_overcommit: number;
  disk_overcommit: number;
}

/** What of a server may be promised to workspaces: the one rule for who chooses a server and for who reserves it. */
export function promisedSizes(
  server: Pick<Server, 'usable_cpu' | 'usable_memory_mb' | 'usable_disk_gb'>,
  settings: Overcommit,
): Sizes {
  return {
    cpu: server.usable_cpu * settings.cpu_overcommit,
    memory_mb: server.usable_memory_mb * settings.memory_overcommit,
    disk_gb: server.usable_disk_gb * settings.disk_overcommit,
  };
}

/** The labels, as `key=value`, that the server lacks. */
export function missingLabels(wanted: RequiredLabels, has: Readonly<Record<string, string>>): string[] {
  return Object.entries(wanted)
    .filter(([key, value]) => !(Object.hasOwn(has, key) && has[key] === value))
    .map(([key, value]) => `${key}=${value}`);
}
