import { missingLabels, type PlacementRefusal, type PlacementShortage } from '@podex/contracts/placement';
import type { PlacementRequest, PlacementServer, Room } from './placement.ts';

/** Whether the server may get the workspace, room aside. */
export function suits(request: PlacementRequest, server: PlacementServer): boolean {
  return misfitOf(request, server) === undefined;
}

/** Where its files are, api says whether there is room. */
export function hasRoom(request: PlacementRequest, server: PlacementServer, room: Room): boolean {
  if (request.pinnedTo === server.id) return true;
  return request.memoryMb <= room.memoryMb && request.cpu <= room.cpu && request.diskGb <= room.diskGb;
}

/** Why the server does not get the workspace; none when it may. */
export function refusalsOf(
  request: PlacementRequest,
  server: PlacementServer,
  room: Room,
): PlacementRefusal[] {
  const misfit = misfitOf(request, server);
  if (misfit !== undefined) {
    const detail = MISFITS[misfit](request, server);
    return [{ server: server.name, cause: misfit, detail }];
  }
  if (hasRoom(request, server, room)) return [];
  const needs: [PlacementShortage, number, number][] = [
    ['cpu', request.cpu, room.cpu],
    ['memory_mb', request.memoryMb, room.memoryMb],
    ['disk_gb', request.diskGb, room.diskGb],
  ];
  return needs
    .filter(([, needed, free]) => needed > free)
    .map(([short, needed, free]) => ({
      server: server.name,
      cause: 'no_room',
      short,
      needed,
      free: Math.max(0, free),
    }));
}

type Misfit = 'not_ready' | 'elsewhere' | 'architecture' | 'labels' | 'region';

function misfitOf(request: PlacementRequest, server: PlacementServer): Misfit | undefined {
  const { pinnedTo, region } = request;
  if (pinnedTo !== undefined && pinnedTo !== server.id) return 'elsewhere';
  const isPinned = pinnedTo === server.id;
  if (server.status !== 'ready' && !(server.status === 'draining' && isPinned)) return 'not_ready';
  if (!isSameArchitecture(request.architecture, server.architecture)) return 'architecture';
  // What lives there already goes on there, whatever its operator has changed since.
  if (isPinned) return undefined;
  if (labelsMissingAt(server, request).length > 0) return 'labels';
  if (region?.match === 'required' && region.name !== server.region) return 'region';
  return undefined;
}

const MISFITS: Record<Misfit, (request: PlacementRequest, server: PlacementServer) => string> = {
  elsewhere: () => 'its files are on another server',
  not_ready: (_request, { status, reason }) => (reason === null ? `is ${status}` : `is ${status}: ${reason}`),
  architecture: (request, server) => `is ${server.architecture}, the image is ${request.architecture}`,
  labels: (request, server) => `lacks the labels ${labelsMissingAt(server, request).join(', ')}`,
  region: (request, server) =>
    `is in ${server.region ?? 'no region'}, the workspace must be in ${request.region?.name}`,
};

function labelsMissingAt(server: PlacementServer, { labels }: PlacementRequest): string[] {
  return labels === undefined ? [] : missingLabels(labels, server.labels ?? {});
}

/** Engines use the kernel’s names, images those of Go. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', arm64: 'arm64' };

function isSameArchitecture(ofImage: string | undefined, ofEngine: string | undefined): boolean {
  if (ofImage === undefined || ofEngine === undefined) return true;
  return (ARCHITECTURES[ofEngine] ?? ofEngine) === ofImage;
}
