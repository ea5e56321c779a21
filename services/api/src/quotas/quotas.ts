import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import { type QuotaKey, settingOfQuota } from '@podex/contracts/quotas';
import type { SettingValues } from '@podex/contracts/settings';
import { WORKSPACE_SIZES, type WorkspaceSize } from '@podex/contracts/workspaces';
import type { Db, Tx } from '../database/connect.ts';
import type { Holder } from './holder.ts';
import { budgetExhausted, limitReached, type Shortage } from './quota-refusals.ts';
import { listOverrides, lockUsage } from './quota-store.ts';
import {
  countActiveTurns,
  countHeldWorkspaces,
  countTeams,
  countTokens,
  type HeldWorkspaces,
  type Spend,
  sumSpend,
} from './usage-store.ts';

type Sizes = Pick<HeldWorkspaces, 'size' | 'runs' | 'count'>;
type SizeQuota = 'workspaces' | 'running_workspaces' | 'cpu' | 'memory_mb' | 'disk_gb';
type Amounts = Readonly<Record<SizeQuota, number>>;

const STORED_QUOTAS = ['workspaces', 'disk_gb'] as const;
const RUNNING_QUOTAS = ['running_workspaces', 'cpu', 'memory_mb'] as const;

/** What one person, or one team, may have. Checked in the transaction that takes more, under a lock that lasts as long as it. */
export class Quotas {
  readonly #settings: { readonly values: Readonly<SettingValues> };

  constructor(settings: { readonly values: Readonly<SettingValues> }) {
    this.#settings = settings;
  }

  /** For a workspace that the holder does not have yet. @throws PodexError limit_reached, user_suspended. */
  async requireRoomForWorkspace(
    tx: Tx,
    holder: Holder,
    { size, runs }: { size: WorkspaceSize; runs: boolean },
  ): Promise<void> {
    await lockActiveUsage(tx, holder);
    const used = amountsOf(await countHeldWorkspaces(tx, holder));
    const quotas = runs ? [...STORED_QUOTAS, ...RUNNING_QUOTAS] : STORED_QUOTAS;
    await this.#requireRoom(tx, holder, shortagesOf(quotas, used, amountsOfOne(size)));
  }

  /** For one that the holder has, and that shall run. @throws PodexError limit_reached, user_suspended. */
  async requireRoomToRun(
    tx: Tx,
    holder: Holder,
    { id, size }: { id: WorkspaceId; size: WorkspaceSize },
  ): Promise<void> {
    await lockActiveUsage(tx, holder);
    const used = amountsOf(await countHeldWorkspaces(tx, holder, id));
    await this.#requireRoom(tx, holder, shortagesOf(RUNNING_QUOTAS, used, amountsOfOne(size)));
  }

  /** For one that the holder has, and that shall be larger. One that gets smaller needs no room. @throws PodexError limit_reached. */
  async requireRoomForSize(
    tx: Tx,
    holder: Holder,
    { id, from, to, runs }: { id: WorkspaceId; from: WorkspaceSize; to: WorkspaceSize; runs: boolean },
  ): Promise<void> {
    await lockUsage(tx, holder);
    const used = amountsOf(await countHeldWorkspaces(tx, holder, id));
    const before = amountsOfOne(from);
    const wanted = amountsOfOne(to);
    const quotas = (['disk_gb', ...(runs ? RUNNING_QUOTAS : [])] as const).filter(
      (quota) => wanted[quota] > before[quota],
    );
    await this.#requireRoom(tx, holder, shortagesOf(quotas, used, wanted));
  }

  /** For a turn that begins. @throws PodexError limit_reached, budget_exhausted. */
  async requireRoomForTurn(tx: Tx, holder: Holder): Promise<void> {
    await lockUsage(tx, holder);
    const used = await countActiveTurns(tx, holder);
    await this.#requireRoom(tx, holder, [{ quota: 'active_turns', used, wanted: 1 }]);
    const exhausted = await this.findExhausted(tx, holder);
    if (exhausted !== undefined) throw exhausted;
  }

  /** For one more of what a person makes. @throws PodexError limit_reached. */
  async requireRoomForOne(tx: Tx, holder: Holder, quota: 'teams' | 'tokens'): Promise<void> {
    await lockUsage(tx, holder);
    const used = await (quota === 'teams' ? countTeams(tx, holder) : countTokens(tx, holder));
    await this.#requireRoom(tx, holder, [{ quota, used, wanted: 1 }]);
  }

  /** Whether what may be spent on models has a limit. */
  async hasBudget(tx: Tx, holder: Holder): Promise<boolean> {
    const limits = await this.readLimits(tx, holder);
    return limits('spend_usd_today').max !== null || limits('spend_usd_this_month').max !== null;
  }

  /** Why nothing more may be spent on models, if so. Checked before each call: one that runs is finished. */
  async findExhausted(tx: Tx, holder: Holder): Promise<PodexError<'budget_exhausted'> | undefined> {
    const limits = await this.readLimits(tx, holder);
    const perMonth = limits('spend_usd_this_month').max;
    const perDay = limits('spend_usd_today').max;
    if (perMonth === null && perDay === null) return undefined;
    const spend = await sumSpend(tx, holder);
    if (perMonth !== null && spend.thisMonthUsd >= perMonth) {
      return budgetExhausted(holder, 'spend_usd_this_month', perMonth, spend);
    }
    if (perDay !== null && spend.todayUsd >= perDay) {
      return budgetExhausted(holder, 'spend_usd_today', perDay, spend);
    }
    return undefined;
  }

  /** What a holder uses of everything. */
  async readUsed(
    db: Db | Tx,
    holder: Holder,
  ): Promise<{ used: Readonly<Record<QuotaKey, number>>; spend: Spend }> {
    const spend = await sumSpend(db, holder);
    const isUser = holder.kind === 'user';
    const used = {
      ...amountsOf(await countHeldWorkspaces(db, holder)),
      active_turns: await countActiveTurns(db, holder),
      spend_usd_today: spend.todayUsd,
      spend_usd_this_month: spend.thisMonthUsd,
      teams: isUser ? await countTeams(db, holder) : 0,
      tokens: isUser ? await countTokens(db, holder) : 0,
    };
    return { used, spend };
  }

  /** What a holder may have of each: what an admin has set for it, or the platform’s setting. `max`: null is no limit. */
  async readLimits(
    db: Db | Tx,
    holder: Holder,
  ): Promise<(quota: QuotaKey) => { max: number | null; isOwn: boolean }> {
    const overrides = await listOverrides(db, holder);
    return (quota) => {
      const own = overrides.get(quota);
      if (own !== undefined) return { max: own, isOwn: true };
      const setting = settingOfQuota(quota, holder.kind);
      const value = setting === undefined ? null : this.#settings.values[setting];
      return { max: typeof value === 'number' ? value : null, isOwn: false };
    };
  }

  async #requireRoom(tx: Tx, holder: Holder, asked: readonly Asked[]): Promise<void> {
    const limits = await this.readLimits(tx, holder);
    for (const { quota, used, wanted } of asked) {
      const { max } = limits(quota);
      if (max === null || used + wanted <= max) continue;
      throw limitReached(holder, { quota, used, wanted, max });
    }
  }
}

type Asked = Omit<Shortage, 'max' | 'quota'> & { quota: Parameters<typeof limitReached>[1]['quota'] };

function shortagesOf(quotas: readonly SizeQuota[], used: Amounts, wanted: Amounts): Asked[] {
  return quotas.map((quota) => ({ quota, used: used[quota], wanted: wanted[quota] }));
}

function amountsOf(held: readonly Sizes[]): Amounts {
  const running = held.filter(({ runs }) => runs);
  const sum = (of: readonly Sizes[], each: (size: WorkspaceSize) => number) =>
    of.reduce((total, { size, count }) => total + count * each(size), 0);
  return {
    workspaces: sum(held, () => 1),
    running_workspaces: sum(running, () => 1),
    cpu: sum(running, (size) => WORKSPACE_SIZES[size].cpu),
    memory_mb: sum(running, (size) => WORKSPACE_SIZES[size].memory_mb),
    disk_gb: sum(held, (size) => WORKSPACE_SIZES[size].disk_gb),
  };
}

function amountsOfOne(size: WorkspaceSize): Amounts {
  return amountsOf([{ size, runs: true, count: 1 }]);
}

/** A holder who is being suspended or deleted meanwhile starts nothing more. */
async function lockActiveUsage(tx: Tx, holder: Holder): Promise<void> {
  if (await lockUsage(tx, holder)) return;
  const message =
    'The owner of this workspace is suspended, so it stays stopped. Ask an admin to restore them.';
  throw new PodexError('user_suspended', message, {});
}
