import type { PageQuery } from '@podex/contracts/pagination';
import type { WaitingWorkspace } from '@podex/contracts/waiting';
import { toPage } from '../../calls/pages.ts';
import type { Db } from '../../database/connect.ts';
import { curesOf } from './room-cures.ts';
import { listWaiting, type WaitingRow } from './waiting-store.ts';

/** Workspaces that wait for room, as admins look at them. */
export class Waiting {
  readonly #db: Db;

  constructor({ db }: { db: Db }) {
    this.#db = db;
  }

  async list(page: PageQuery): Promise<{ items: WaitingWorkspace[]; next: string | null }> {
    return toPage(await listWaiting(this.#db, page), page.limit, presentWaiting);
  }
}

function presentWaiting(row: WaitingRow): WaitingWorkspace {
  const { team_id: teamId, team_name: teamName } = row;
  return {
    id: row.id,
    name: row.name,
    owner: { id: row.owner_id, email: row.owner_email },
    team: teamId === null || teamName === null ? null : { id: teamId, name: teamName },
    size: row.size,
    region: row.region,
    region_match: row.region_match,
    labels: row.required_labels,
    waiting_since: row.waits_since.toISOString(),
    next_attempt_at: row.next_attempt_at.toISOString(),
    ...row.waits_for,
    cures: curesOf(row.waits_for),
  };
}
