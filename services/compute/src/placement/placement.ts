import type { ServerId } from '@podex/contracts/ids';
import type { PlacementRefusal, RegionMatch, RequiredLabels } from '@podex/contracts/placement';
import type { ServerStatus } from '@podex/contracts/servers';
import type { PlacementStrategy } from '@podex/contracts/settings';

/** So much of what servers have. */
export interface Room {
  cpu: number;
  memoryMb: number;
  diskGb: number;
}

/** What a workspace asks of a server. */
export interface PlacementRequest extends Room {
  /** As Docker images name it (`amd64`); undefined when the image runs anywhere or is not known yet. */
  architecture?: string | undefined;
  image?: string | undefined;
  labels?: RequiredLabels | undefined;
  region?: { name: string; match: RegionMatch } | undefined;
  /**
   * Where its storage lives already: no other server will do. Its share may be among what is taken there, so that only api,
   * which reserves it, can say whether there is room.
   */
  pinnedTo?: ServerId | undefined;
}

export interface PlacementServer {
  id: ServerId;
  name: string;
  status: ServerStatus;
  /** Why it is not ready. */
  reason: string | null;
  /** As engines name it (`x86_64`, `aarch64`). */
  architecture: string | undefined;
  /** What may be promised, overcommit included. */
  totalCpu: number;
  totalMemoryMb: number;
  totalDiskGb: number;
  reservedCpu: number;
  reservedMemoryMb: number;
  reservedDiskGb: number;
  workspaces: number;
  labels?: Readonly<Record<string, string>> | undefined;
  region?: string | null | undefined;
  /** Whether it has the image already, as far as is known. */
  hasImage?: ((image: string) => boolean) | undefined;
}

export interface PlacementPolicy {
  strategy: PlacementStrategy;
  /** From 0 to below 1. Only a large fleet is sampled. */
  random: () => number;
}

/** Room taken on servers that their figures do not show yet. */
export type TakenRoom = ReadonlyMap<ServerId, Room>;

export type Placement =
  | { kind: 'placed'; server: PlacementServer }
  /** At least one for each server; none when there is no server. */
  | { kind: 'rejected'; refusals: PlacementRefusal[] };
