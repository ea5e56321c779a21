import type { PlacementRefusal, PlacementShortage } from '@podex/contracts/placement';
import type { RoomWait } from '@podex/contracts/waiting';

type Cause = PlacementRefusal['cause'];
type Short = PlacementRefusal & { cause: 'no_room' };

/** What an admin can do so that a workspace gets room, what is nearest first. */
export function curesOf({ refusals, max_workspaces: max }: RoomWait): string[] {
  if (max !== null) {
    return [`${max} workspaces run, as many as max_workspaces allows. Stop one, or raise the setting.`];
  }
  if (refusals.length === 0) return ['No server is registered. Add one: podex servers join.'];
  const of = (cause: Cause) => refusals.filter((refusal) => refusal.cause === cause);
  const names = (cause: Cause) => [...new Set(of(cause).map(({ server }) => server))].join(', ');
  const cures: [Cause, () => string][] = [
    ['no_room', () => cureOfShortage(refusals.filter((refusal) => refusal.cause === 'no_room'))],
    ['reservation', () => `${names('reservation')} had no room left at the last moment. It is tried again.`],
    ['not_ready', () => `${detailsOf(of('not_ready'))}. See podex servers check, or podex servers activate.`],
    ['labels', () => `${detailsOf(of('labels'))}. Give a server the labels, or add one that has them.`],
    ['region', () => `${detailsOf(of('region'))}. Add a server in that region.`],
    ['architecture', () => `${detailsOf(of('architecture'))}. Add a server of the image’s architecture.`],
  ];
  const known = cures.filter(([cause]) => of(cause).length > 0).map(([, cure]) => cure());
  if (known.length > 0) return known;
  return ['Its files are on a server that is not among those registered. See podex servers list.'];
}

const UNITS: Record<PlacementShortage, { lack: (amount: number) => string; setting: string }> = {
  cpu: { lack: (amount) => `${amount} CPU`, setting: 'cpu_overcommit' },
  memory_mb: { lack: (amount) => `${amount} MB of memory`, setting: 'memory_overcommit' },
  disk_gb: { lack: (amount) => `${amount} GB of disk`, setting: 'disk_overcommit' },
};

/** For the server that is nearest to having room. */
function cureOfShortage(shortages: readonly Short[]): string {
  const byServer = Map.groupBy(shortages, ({ server }) => server);
  const [nearest] = [...byServer].sort(([, one], [, other]) => distanceOf(one) - distanceOf(other));
  if (nearest === undefined) return '';
  const [server, lacks] = nearest;
  const amounts = lacks.map(({ short, needed, free }) => UNITS[short].lack(rounded(needed - free)));
  const settings = lacks.map(({ short }) => UNITS[short].setting);
  const stop = lacks.every(({ short }) => short === 'disk_gb') ? 'Delete' : 'Stop';
  return `${server} lacks ${amounts.join(' and ')}. ${stop} workspaces there, add a server, or raise ${settings.join(' and ')}.`;
}

function distanceOf(lacks: readonly Short[]): number {
  return lacks.reduce((sum, { needed, free }) => sum + (needed - free) / needed, 0);
}

function rounded(amount: number): number {
  return Math.ceil(amount * 10) / 10;
}

/** "ws-1 is draining; ws-2 is unreachable: …". */
function detailsOf(refusals: readonly PlacementRefusal[]): string {
  return refusals
    .flatMap((refusal) =>
      'detail' in refusal ? [`${refusal.server} ${refusal.detail.replace(/\.$/, '')}`] : [],
    )
    .join('; ');
}
