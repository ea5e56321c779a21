import { PodexError } from '@podex/contracts/errors';
import {
  type OwnQuotas,
  QUOTA_KEYS,
  QUOTAS,
  type QuotaHolder,
  settingOfQuota,
  type UpdateQuotasInput,
} from '@podex/contracts/quotas';
import { appendAudit } from '../audit/append-audit.ts';
import type { Call } from '../calls/call.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { type Holder, ownHolder } from './holder.ts';
import { findHolderName, listTeamIdsOf, setOverride } from './quota-store.ts';
import type { Quotas } from './quotas.ts';

export interface QuotaServiceOptions {
  db: Db;
  transact: Transact;
  quotas: Quotas;
}

/** Shows people what they use and may use, and lets admins allow one of them more or less. */
export class QuotaService {
  readonly #db: Db;
  readonly #transact: Transact;
  readonly #quotas: Quotas;

  constructor({ db, transact, quotas }: QuotaServiceOptions) {
    this.#db = db;
    this.#transact = transact;
    this.#quotas = quotas;
  }

  /** Of the caller, then of their teams by name, a hundred at most. */
  async listOwn({ actor }: Call): Promise<OwnQuotas> {
    const own = ownHolder(actor.userId);
    const { spend, ...holder } = await this.#read(own);
    const items = [holder];
    for (const id of await listTeamIdsOf(this.#db, actor.userId)) {
      const { spend: _ofTeam, ...team } = await this.#read({ kind: 'team', id });
      items.push(team);
    }
    return {
      items,
      spend_resets_at: { day: spend.dayEnds.toISOString(), month: spend.monthEnds.toISOString() },
    };
  }

  /** @throws PodexError user_not_found, team_not_found. */
  async get(holder: Holder): Promise<QuotaHolder> {
    const { spend: _spend, ...found } = await this.#read(holder);
    return found;
  }

  /** @throws PodexError user_not_found, team_not_found, invalid_request. */
  async update(holder: Holder, input: UpdateQuotasInput, call: Call): Promise<QuotaHolder> {
    const before = await this.get(holder);
    await this.#transact(async (work) => {
      await call.requireStill(work.tx);
      for (const quota of QUOTA_KEYS) {
        const max = input[quota];
        if (max === undefined) continue;
        if (settingOfQuota(quota, holder.kind) === undefined) throw notOfTeams(quota);
        await setOverride(work.tx, holder, quota, max);
        appendAudit(work, call, {
          action: 'quota.changed',
          target: { kind: 'quota', id: quota, name: quota },
          ...(holder.kind === 'team' ? { teamId: holder.id } : {}),
          details: { holder: holder.id, name: before.name, max },
        });
      }
    });
    return this.get(holder);
  }

  async #read(holder: Holder) {
    const name = await findHolderName(this.#db, holder);
    if (name === undefined) throw notFound(holder);
    const { used, spend } = await this.#quotas.readUsed(this.#db, holder);
    const limits = await this.#quotas.readLimits(this.#db, holder);
    const quotas = QUOTA_KEYS.filter((quota) => settingOfQuota(quota, holder.kind) !== undefined).map(
      (quota) => {
        const { max, isOwn } = limits(quota);
        return { quota, unit: QUOTAS[quota].unit, used: used[quota], max, is_own: isOwn };
      },
    );
    return { kind: holder.kind, id: holder.id, name, quotas, spend };
  }
}

function notOfTeams(quota: string): PodexError {
  const message = `Teams have no ${quota}. Leave it out.`;
  return new PodexError('invalid_request', message, { issues: [`${quota}: is not for teams`] });
}

function notFound({ kind }: Holder): PodexError {
  return kind === 'user'
    ? new PodexError('user_not_found', 'There is no such user.', {})
    : new PodexError('team_not_found', 'There is no such team.', {});
}
