import type { PlacementRefusal, PlacementShortage } from '@podex/contracts/placement';

const SHORT_OF: Record<PlacementShortage, string> = {
  cpu: 'CPU',
  memory_mb: 'memory',
  disk_gb: 'disk space',
};
const AGAIN = 'Podex tries again by itself.';

/** For the owner of a workspace: what is missing, without the names and figures of servers. */
export function sentenceOfRefusals(refusals: readonly PlacementRefusal[]): string {
  if (refusals.length === 0) return 'There is no workspace server. Ask an admin to register one.';
  const causes = new Map<string, Set<string>>();
  for (const refusal of refusals) {
    const words = wordsOf(refusal);
    if (words !== undefined) causes.set(words, (causes.get(words) ?? new Set()).add(refusal.server));
  }
  const count = new Set(refusals.map(({ server }) => server)).size;
  const subject =
    count === 1
      ? 'The workspace server cannot take it now'
      : `None of the ${count} workspace servers can take it now`;
  const why = [...causes].map(([words, { size }]) =>
    count === 1 ? words : `${words} (${size} of ${count})`,
  );
  return `${subject}${why.length === 0 ? '' : `: ${why.join(', ')}`}. ${AGAIN} ${cureOf(refusals)}`.trimEnd();
}

function wordsOf(refusal: PlacementRefusal): string | undefined {
  switch (refusal.cause) {
    case 'no_room':
      return `not enough ${SHORT_OF[refusal.short]} is free`;
    case 'reservation':
      return 'no room is left';
    case 'not_ready':
      return 'not ready for work';
    case 'architecture':
      return 'made for another kind of processor than the image';
    case 'labels':
      return 'without the labels that were asked for';
    case 'region':
      return 'not in the region that was asked for';
    // Of the others nothing can be said that helps: the files are on one that is not among them.
    case 'elsewhere':
      return undefined;
  }
}

function cureOf(refusals: readonly PlacementRefusal[]): string {
  const isFull = refusals.some(({ cause }) => cause === 'no_room' || cause === 'reservation');
  return isFull ? 'Stop a workspace that you do not need, or ask an admin to add a server.' : '';
}
