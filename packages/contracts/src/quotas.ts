import { z } from 'zod';
import { SETTINGS, type SettingKey } from './settings.ts';

export const quotaUnit = z.enum(['count', 'cpu', 'mb', 'gb', 'usd']);
export type QuotaUnit = z.infer<typeof quotaUnit>;

interface QuotaDefinition {
  unit: QuotaUnit;
  /** The setting that says how much one person may have. */
  user: SettingKey;
  /** The same of a team; left out where a team has none of it. */
  team?: SettingKey;
}

function define<const Table extends Record<string, QuotaDefinition>>(table: Table): Table {
  return table;
}

/** What people and teams can have only so much of. A workspace of a team, and what happens in it, counts for the team alone. */
export const QUOTAS = define({
  workspaces: { unit: 'count', user: 'max_workspaces_per_user', team: 'max_workspaces_per_team' },
  running_workspaces: {
    unit: 'count',
    user: 'max_running_workspaces_per_user',
    team: 'max_running_workspaces_per_team',
  },
  cpu: { unit: 'cpu', user: 'max_cpu_per_user', team: 'max_cpu_per_team' },
  memory_mb: { unit: 'mb', user: 'max_memory_mb_per_user', team: 'max_memory_mb_per_team' },
  disk_gb: { unit: 'gb', user: 'max_disk_gb_per_user', team: 'max_disk_gb_per_team' },
  active_turns: { unit: 'count', user: 'max_active_turns_per_user', team: 'max_active_turns_per_team' },
  spend_usd_today: {
    unit: 'usd',
    user: 'max_spend_usd_per_user_per_day',
    team: 'max_spend_usd_per_team_per_day',
  },
  spend_usd_this_month: {
    unit: 'usd',
    user: 'max_spend_usd_per_user_per_month',
    team: 'max_spend_usd_per_team_per_month',
  },
  teams: { unit: 'count', user: 'max_teams_per_user' },
  tokens: { unit: 'count', user: 'max_tokens_per_user' },
});

export type QuotaKey = keyof typeof QUOTAS;
export const QUOTA_KEYS = Object.keys(QUOTAS) as QuotaKey[];

export type HolderKind = 'user' | 'team';

/** Undefined where such a holder has none of it. */
export function settingOfQuota(quota: QuotaKey, kind: HolderKind): SettingKey | undefined {
  const definition: QuotaDefinition = QUOTAS[quota];
  return definition[kind];
}

export const quotaUse = z
  .object({
    quota: z.enum(QUOTA_KEYS),
    unit: quotaUnit,
    used: z.number(),
    max: z.number().nullable().meta({ description: 'Null is no limit.' }),
    is_own: z.boolean().meta({
      description: 'Whether an admin has set it for this holder, in place of the platform’s setting.',
    }),
  })
  .meta({ id: 'QuotaUse' });
export type QuotaUse = z.infer<typeof quotaUse>;

export const quotaHolder = z
  .object({
    kind: z.enum(['user', 'team']),
    id: z.string(),
    name: z.string(),
    quotas: z.array(quotaUse),
  })
  .meta({ id: 'QuotaHolder', description: 'What a person or a team has of what it may have.' });
export type QuotaHolder = z.infer<typeof quotaHolder>;

export const ownQuotas = z
  .object({
    items: z.array(quotaHolder),
    spend_resets_at: z
      .object({ day: z.iso.datetime(), month: z.iso.datetime() })
      .meta({ description: 'When spend_usd_today and spend_usd_this_month begin again at 0.' }),
  })
  .meta({ id: 'OwnQuotas', description: 'The caller first, then their teams by name.' });
export type OwnQuotas = z.infer<typeof ownQuotas>;

type Changes = { [Key in QuotaKey]: z.ZodOptional<z.ZodNullable<z.ZodNumber>> };

/** What the setting of the quota takes; a number in any case. */
function limitOf(quota: QuotaKey): z.ZodNumber {
  const { schema } = SETTINGS[QUOTAS[quota].user];
  return (schema instanceof z.ZodNullable ? schema.unwrap() : schema) as z.ZodNumber;
}

const changes = Object.fromEntries(
  QUOTA_KEYS.map((quota) => [quota, limitOf(quota).nullable().optional()]),
) as Changes;

export const updateQuotasInput = z.strictObject(changes).meta({
  id: 'UpdateQuotas',
  description: 'What is left out stays; null brings the platform’s setting back.',
});
export type UpdateQuotasInput = z.infer<typeof updateQuotasInput>;
