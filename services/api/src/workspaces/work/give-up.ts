import type { ObserveInput } from '@podex/contracts/internal/compute';
import type { Selectable } from 'kysely';
import type { Workspace } from '../../database/generated/rows.ts';

/** How long one may be on its way, whatever the reasons. A large image on a slow line takes some of it. */
const ON_THE_WAY_MAX_MS = 30 * 60_000;

/**
 * What compute saw, or that it is given up when it has been on its way for too long. A deletion never is: files are left behind by none.
 * What waits for a server that can’t be reached is not on its way.
 */
export function giveUpInTime(
  row: Pick<Selectable<Workspace>, 'status' | 'status_since' | 'desired_status' | 'version'>,
  seen: ObserveInput,
  now: Date,
): ObserveInput {
  const verb = verbOf(seen.status);
  const isOurs = seen.status === row.status && seen.version === row.version && !seen.settled;
  const isLate = now.getTime() - row.status_since.getTime() >= ON_THE_WAY_MAX_MS;
  if (verb === undefined || row.desired_status === 'deleted' || !isOurs || !isLate) return seen;
  const why = seen.reason === null ? '' : ` ${seen.reason}`;
  const reason = `It could not be ${verb} within ${ON_THE_WAY_MAX_MS / 60_000} minutes.${why} Try again, or ask an admin.`;
  return { ...seen, status: 'failed', reason, settled: true };
}

function verbOf(status: ObserveInput['status']): string | undefined {
  if (status === 'creating') return 'started';
  if (status === 'stopping') return 'stopped';
  return status === 'pausing' ? 'paused' : undefined;
}
