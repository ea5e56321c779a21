import { PodexError } from '@podex/contracts/errors';
import { type QuotaKey, settingOfQuota } from '@podex/contracts/quotas';
import type { SettingKey } from '@podex/contracts/settings';
import type { Holder } from './holder.ts';
import type { Spend } from './usage-store.ts';

/** How much of a quota a holder has, how much more is asked for, and how much is allowed. */
export interface Shortage {
  quota: QuotaKey;
  used: number;
  wanted: number;
  max: number;
}

type CountedQuota = Exclude<QuotaKey, 'spend_usd_today' | 'spend_usd_this_month'>;

const NOUNS: Readonly<Record<CountedQuota, string>> = {
  workspaces: 'workspaces',
  running_workspaces: 'running workspaces',
  cpu: 'CPUs of running workspaces',
  memory_mb: 'MB of memory of running workspaces',
  disk_gb: 'GB of disk',
  active_turns: 'turns of the agent at once',
  teams: 'teams',
  tokens: 'tokens',
};

interface Words {
  have: string;
  their: string;
}

const EXPLAIN: Readonly<Record<CountedQuota, (words: Words, shortage: Shortage) => string>> = {
  workspaces: ({ have }, { used, max }) =>
    `${have} ${used} workspaces, and ${max} are allowed. Delete one, or ask an admin for more.`,
  running_workspaces: ({ their }, { used, max }) =>
    `${used} of ${their} workspaces run, and ${max} are allowed at once. Stop one, or ask an admin for more.`,
  cpu: ({ have }, { used, wanted, max }) =>
    `${have} ${used} CPUs in running workspaces, this one needs ${wanted}, and ${max} are allowed. Stop one, choose a smaller size, or ask an admin for more.`,
  memory_mb: ({ have }, { used, wanted, max }) =>
    `${have} ${used} MB of memory in running workspaces, this one needs ${wanted}, and ${max} are allowed. Stop one, choose a smaller size, or ask an admin for more.`,
  disk_gb: ({ have }, { used, wanted, max }) =>
    `${have} ${used} GB of disk in workspaces, this one needs ${wanted}, and ${max} are allowed. Delete one, choose a smaller size, or ask an admin for more.`,
  active_turns: ({ their }, { used, max }) =>
    `${used} turns of the agent are queued, running or waiting in ${their} workspaces, and ${max} are allowed at once. Cancel one or wait until one has ended, or ask an admin for more.`,
  teams: (_words, { used, max }) =>
    `You have made ${used} teams, and ${max} are allowed. Delete one, or ask an admin for more.`,
  tokens: (_words, { used, max }) =>
    `You have ${used} tokens, and ${max} are allowed. Revoke one, or ask an admin for more.`,
};

/** Who uses another person’s workspace is not told what else that person has. */
export function limitReached(holder: Holder, shortage: Shortage & { quota: CountedQuota }): PodexError {
  const { quota, used, max } = shortage;
  const limit = settingName(quota, holder);
  if (holder.kind === 'user' && !holder.isCaller) {
    const message = `The owner of this workspace has no room left for this: ${max} ${NOUNS[quota]} are allowed. Ask them to make room, or an admin to allow more.`;
    return new PodexError('limit_reached', message, { limit, max });
  }
  const words =
    holder.kind === 'user'
      ? { have: 'You have', their: 'your' }
      : { have: 'The team has', their: 'the team’s' };
  return new PodexError('limit_reached', EXPLAIN[quota](words, shortage), { limit, max, used });
}

export type SpendQuota = 'spend_usd_today' | 'spend_usd_this_month';

/** The one that ends last, when both are spent, is for the caller to choose. */
export function budgetExhausted(
  holder: Holder,
  quota: SpendQuota,
  max: number,
  spend: Spend,
): PodexError<'budget_exhausted'> {
  const isToday = quota === 'spend_usd_today';
  const used = isToday ? spend.todayUsd : spend.thisMonthUsd;
  const resetsAt = isToday ? spend.dayEnds : spend.monthEnds;
  const period = isToday ? 'today' : 'this month';
  const whose =
    holder.kind === 'team'
      ? 'the team’s workspaces'
      : holder.isCaller
        ? 'your workspaces'
        : 'this workspace and others of its owner';
  const spent = `${usd(used)} was spent on models ${period} in ${whose}, and ${usd(max)} is allowed.`;
  const begins = `It begins again at ${resetsAt.toISOString().slice(0, 16).replace('T', ' ')} UTC; an admin can allow more.`;
  return new PodexError('budget_exhausted', `${spent} ${begins}`, {
    limit: settingName(quota, holder),
    max,
    used,
    resets_at: resetsAt.toISOString(),
  });
}

function settingName(quota: QuotaKey, { kind }: Holder): SettingKey | QuotaKey {
  return settingOfQuota(quota, kind) ?? quota;
}

function usd(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
