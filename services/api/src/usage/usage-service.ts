import { PodexError } from '@podex/contracts/errors';
import type { AdminUsageQuery, UsagePage } from '@podex/contracts/model-usage';
import type { Call } from '../calls/call.ts';
import { readClock } from '../database/clock.ts';
import type { Db } from '../database/connect.ts';
import { type Holder, ownHolder } from '../quotas/holder.ts';
import { listUsage, sumUsage, type UsagePlace } from './usage-store.ts';

/** Shows what the agent used of models. */
export class UsageService {
  readonly #db: Db;

  constructor({ db }: { db: Db }) {
    this.#db = db;
  }

  /** Of the caller’s own workspaces. @throws PodexError invalid_request. */
  listOwn(query: AdminUsageQuery, { actor }: Call): Promise<UsagePage> {
    return this.#list(query, ownHolder(actor.userId));
  }

  /** Of everybody’s. @throws PodexError invalid_request. */
  listAll(query: AdminUsageQuery): Promise<UsagePage> {
    return this.#list(query, undefined);
  }

  async #list(query: AdminUsageQuery, holder: Holder | undefined): Promise<UsagePage> {
    const today = (await readClock(this.#db)).toISOString().slice(0, 10);
    const to = query.to ?? today;
    const from = query.from ?? `${to.slice(0, 7)}-01`;
    if (from > to) throw invalid('from', 'must not be after to');
    const filter = { holder, from, to };
    const { by, limit } = query;
    const rows = await listUsage(this.#db, by, filter, { after: readCursor(query.after), limit });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1)?.place;
    return {
      items: shown.map(({ place: _place, ...row }) => row),
      next: rows.length > limit && last !== undefined ? `${last.cost}:${last.key}` : null,
      total: await sumUsage(this.#db, filter),
      from,
      to,
    };
  }
}

function readCursor(after: string | undefined): UsagePlace | undefined {
  if (after === undefined) return undefined;
  const [, cost, key] = /^(\d{1,15}):(.*)$/s.exec(after) ?? [];
  if (cost === undefined || key === undefined) throw invalid('after', 'must be the `next` of a page');
  return { cost: Number(cost), key };
}

function invalid(name: string, problem: string): PodexError {
  const message = `The request is not valid: ${name} ${problem}.`;
  return new PodexError('invalid_request', message, { issues: [`${name}: ${problem}`] });
}
