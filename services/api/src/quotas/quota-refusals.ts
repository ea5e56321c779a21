import { PodexError } from '@podex/contracts/errors';
import { type QuotaKey, settingOfQuota } from '@podex/contracts/quotas';
import type { SettingKey } from '@podex/contracts/settings';
import { countOf } from '@podex/contracts/text';
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
  /** Begins a sentence. */
  whose: string;
  who: string;
  has: string;
}

const ASK = 'or ask an admin for more.';

const EXPLAIN: Readonly<Record<CountedQuota, (words: Words, shortage: Shortage) => string>> = {
  workspaces: ({ whose, who, has }, { used, max }) =>
    `${whose} limit is ${countOf(max, 'workspace')}, and ${who} ${has} ${used}. Delete one, ${ASK}`,
  running_workspaces: ({ whose, who, has }, { used, max }) =>
    `${whose} limit is ${countOf(max, 'running workspace')}, and ${who} ${has} ${used}. Stop one, ${ASK}`,
  cpu: (words, shortage) =>
    sizeText(words, shortage, `${countOf(shortage.max, 'CPU')} for running workspaces`, 'Stop'),
  memory_mb: (words, shortage) =>
    sizeText(words, shortage, `${shortage.max} MB of memory for running workspaces`, 'Stop'),
  disk_gb: (words, shortage) => sizeText(words, shortage, `${shortage.max} GB of disk`, 'Delete'),
  active_turns: ({ whose }, { used, max }) =>
    `${whose} limit is ${countOf(max, 'turn')} of the agent at once, and ${used} are queued, running or waiting. Cancel one or wait until one has ended, ${ASK}`,
  teams: (_words, { used, max }) =>
    `Your limit is ${countOf(max, 'team')}, and you have created ${used}. Delete one, ${ASK}`,
  tokens: (_words, { used, max }) =>
    `Your limit is ${countOf(max, 'token')}, and you have ${used}. Revoke one, ${ASK}`,
};

function sizeText(
  { whose, who, has }: Words,
  { used, wanted }: Shortage,
  limit: string,
  verb: string,
): string {
  return `${whose} limit is ${limit}: ${who} ${has} ${used}, and this workspace needs ${wanted}. ${verb} one, choose a smaller size, ${ASK}`;
}

/** Who uses another person’s workspace is not told what else that person has. */
export function limitReached(holder: Holder, shortage: Shortage & { quota: CountedQuota }): PodexError {
  const { quota, used, max } = shortage;
  const limit = settingName(quota, holder);
  if (holder.kind === 'user' && !holder.isCaller) {
    const message = `The owner of this workspace has no room left for this: their limit is ${max} ${NOUNS[quota]}. Ask them to make room, or an admin to allow more.`;
    return new PodexError('limit_reached', message, { limit, max });
  }
  const words =
    holder.kind === 'user'
      ? { whose: 'Your', who: 'you', has: 'have' }
      : { whose: 'The team’s', who: 'it', has: 'has' };
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
