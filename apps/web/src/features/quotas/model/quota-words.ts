import {
  type HolderKind,
  QUOTA_KEYS,
  type QuotaKey,
  type QuotaUnit,
  type QuotaUse,
  settingOfQuota,
  type UpdateQuotasInput,
  updateQuotasInput,
} from '@podex/contracts/quotas';

export const QUOTA_LABELS: Readonly<Record<QuotaKey, string>> = {
  workspaces: 'Workspaces',
  running_workspaces: 'Running workspaces',
  cpu: 'CPUs of running workspaces',
  memory_mb: 'Memory of running workspaces',
  disk_gb: 'Disk',
  active_turns: 'Turns of the agent at once',
  spend_usd_today: 'Model spend today',
  spend_usd_this_month: 'Model spend this month',
  teams: 'Teams created',
  tokens: 'Tokens',
};

/** What a limit is of, where that is said in another way than what is used. */
export const LIMIT_LABELS: Readonly<Record<QuotaKey, string>> = {
  ...QUOTA_LABELS,
  spend_usd_today: 'Model spend per day',
  spend_usd_this_month: 'Model spend per month',
};

/** The unit of a field in which the limit is typed. */
export const UNIT_HINTS: Readonly<Record<QuotaUnit, string>> = {
  count: '',
  cpu: '',
  mb: 'in MB',
  gb: 'in GB',
  usd: 'in US dollars',
};

export function amountText(amount: number, unit: QuotaUnit): string {
  if (unit === 'usd') return `$${amount.toFixed(2)}`;
  if (unit === 'mb') return `${Number((amount / 1024).toFixed(1))} GB`;
  return unit === 'gb' ? `${amount} GB` : String(amount);
}

/** "3 of 20", "$1.20, no limit". */
export function usedText({ used, max, unit }: Pick<QuotaUse, 'used' | 'max' | 'unit'>): string {
  const amount = amountText(used, unit);
  return max === null ? `${amount}, no limit` : `${amount} of ${amountText(max, unit)}`;
}

export type Fullness = 'ample' | 'nearly_full' | 'full';

const NEARLY = 0.8;

/** How full a quota is: from 0 to 1, and how that is to be taken. One without a limit is never full. */
export function fullnessOf({ used, max }: Pick<QuotaUse, 'used' | 'max'>): { share: number; tone: Fullness } {
  if (max === null) return { share: 0, tone: 'ample' };
  const share = max === 0 ? 1 : Math.min(1, used / max);
  return { share, tone: share >= 1 ? 'full' : share >= NEARLY ? 'nearly_full' : 'ample' };
}

/** The quotas that such a holder has. */
export function quotasOf(kind: HolderKind): QuotaKey[] {
  return QUOTA_KEYS.filter((quota) => settingOfQuota(quota, kind) !== undefined);
}

export type LimitProblems = Partial<Record<QuotaKey, string>>;

/** What was typed for each quota; an empty field is the platform’s setting. */
export function readLimits(
  kind: HolderKind,
  form: FormData,
): { input: UpdateQuotasInput } | { problems: LimitProblems } {
  const typed = quotasOf(kind).map((quota) => {
    const text = String(form.get(quota) ?? '').trim();
    return [quota, text === '' ? null : Number(text)] as const;
  });
  const parsed = updateQuotasInput.safeParse(Object.fromEntries(typed));
  if (parsed.success) return { input: parsed.data };
  const problems: LimitProblems = {};
  for (const { path, code, message } of parsed.error.issues) {
    const quota = QUOTA_KEYS.find((key) => key === path[0]);
    if (quota !== undefined) problems[quota] ??= code === 'invalid_type' ? 'Must be a number.' : message;
  }
  return { problems };
}
