import {
  type SettingKey,
  type SettingValues,
  type UpdateSettingsInput,
  updateSettingsInput,
} from '@podex/contracts/settings';

export interface SettingField {
  key: SettingKey;
  label: string;
  hint: string;
  kind: 'choice' | 'list' | 'number' | 'amount' | 'optional_number' | 'optional_amount' | 'switch';
}

export interface SettingForm {
  title: string;
  description: string;
  fields: readonly SettingField[];
}

/** The page’s forms; each is saved on its own. */
export const SETTING_FORMS: readonly SettingForm[] = [
  {
    title: 'Registration',
    description: 'Who may make an account here.',
    fields: [
      {
        key: 'registration',
        label: 'Who can make an account',
        hint: 'An invitation works in every mode until it expires or is revoked.',
        kind: 'choice',
      },
      {
        key: 'registration_domains',
        label: 'Email domains',
        hint: 'One per line. Counts for people who sign in with GitHub or Google, which vouch for the address.',
        kind: 'list',
      },
    ],
  },
  {
    title: 'Images',
    description: 'What workspaces may be made from.',
    fields: [
      {
        key: 'allowed_images',
        label: 'Allowed images',
        hint: 'One per line, for example debian:12, docker.io/library/* or ghcr.io/acme/*. The default image is always allowed.',
        kind: 'list',
      },
      {
        key: 'image_labels',
        label: 'Labels that images need',
        hint: 'One per line: an image or a pattern, then labels that its server must have, for example “ghcr.io/acme/cuda gpu=nvidia”. Holds for new workspaces.',
        kind: 'list',
      },
    ],
  },
  {
    title: 'Limits per person',
    description: 'What one person may have.',
    fields: [
      { key: 'max_workspaces_per_user', label: 'Workspaces', hint: 'In any state.', kind: 'number' },
      {
        key: 'max_running_workspaces_per_user',
        label: 'Running workspaces',
        hint: 'At the same time.',
        kind: 'number',
      },
      { key: 'max_cpu_per_user', label: 'CPUs', hint: 'Of running workspaces together.', kind: 'number' },
      {
        key: 'max_memory_mb_per_user',
        label: 'Memory in MB',
        hint: 'Of running workspaces together.',
        kind: 'number',
      },
      {
        key: 'max_disk_gb_per_user',
        label: 'Disk in GB',
        hint: 'Of all workspaces together.',
        kind: 'number',
      },
      {
        key: 'max_active_turns_per_user',
        label: 'Turns of the agent',
        hint: 'Queued, running or waiting.',
        kind: 'number',
      },
      { key: 'max_tokens_per_user', label: 'Bearer tokens', hint: 'For programs.', kind: 'number' },
      {
        key: 'max_connections_per_user',
        label: 'Open connections',
        hint: 'Terminals and event streams, in each api process.',
        kind: 'number',
      },
      { key: 'max_teams_per_user', label: 'Teams', hint: 'That one person has made.', kind: 'number' },
    ],
  },
  {
    title: 'Limits per team',
    description: 'What a team may have, all its members together.',
    fields: [
      { key: 'max_workspaces_per_team', label: 'Workspaces', hint: 'In any state.', kind: 'number' },
      {
        key: 'max_running_workspaces_per_team',
        label: 'Running workspaces',
        hint: 'At the same time.',
        kind: 'number',
      },
      { key: 'max_cpu_per_team', label: 'CPUs', hint: 'Of running workspaces together.', kind: 'number' },
      {
        key: 'max_memory_mb_per_team',
        label: 'Memory in MB',
        hint: 'Of running workspaces together.',
        kind: 'number',
      },
      {
        key: 'max_disk_gb_per_team',
        label: 'Disk in GB',
        hint: 'Of all workspaces together.',
        kind: 'number',
      },
      {
        key: 'max_active_turns_per_team',
        label: 'Turns of the agent',
        hint: 'Queued, running or waiting.',
        kind: 'number',
      },
    ],
  },
  {
    title: 'Servers',
    description: 'How workspaces share the servers.',
    fields: [
      {
        key: 'placement_strategy',
        label: 'Where new workspaces go',
        hint: 'To the server with the most left, or to the fullest one with room, so that others stay empty.',
        kind: 'choice',
      },
      {
        key: 'max_workspaces',
        label: 'Running workspaces',
        hint: 'Over all servers. Leave it empty for what COMPUTE_MAX_WORKSPACES says.',
        kind: 'optional_number',
      },
      {
        key: 'disk_limits',
        label: 'Disk limits',
        hint: 'Whether a workspace is held to the disk of its size. Holds for disks that are made from now on.',
        kind: 'choice',
      },
      {
        key: 'max_processes_per_workspace',
        label: 'Processes in a workspace',
        hint: 'Of its user, at the same time. Holds for workspaces that are made or rebuilt from now on.',
        kind: 'number',
      },
      {
        key: 'warm_pool_size',
        label: 'Warm workspaces',
        hint: 'Started ahead of time, over all servers, so that a new workspace is there at once; 0 turns it off. Leave it empty for what COMPUTE_WARM_POOL_SIZE says.',
        kind: 'optional_number',
      },
      {
        key: 'warm_pool_schedule',
        label: 'Schedule of warm workspaces',
        hint: 'One per line, for example “weekdays 08:00-18:00 Europe/Vienna 5”. The first line that holds now counts; at other times the number above does.',
        kind: 'list',
      },
      {
        key: 'cpu_overcommit',
        label: 'CPU overcommit',
        hint: 'How many times over the CPUs of a server are promised.',
        kind: 'amount',
      },
      {
        key: 'memory_overcommit',
        label: 'Memory overcommit',
        hint: 'Above 1, workspaces that use all of theirs at once can end each other.',
        kind: 'amount',
      },
      {
        key: 'disk_overcommit',
        label: 'Disk overcommit',
        hint: 'Stopped workspaces count too.',
        kind: 'amount',
      },
    ],
  },
  {
    title: 'Network',
    description:
      'What workspaces can reach. Private networks, the servers and other workspaces are closed to all of them.',
    fields: [
      {
        key: 'network_policy_default',
        label: 'New workspaces can reach',
        hint: 'Their owners can change it.',
        kind: 'choice',
      },
      {
        key: 'network_allow_list_default',
        label: 'Listed destinations',
        hint: 'One per line: host names, IPv4 addresses and networks, alone or with a port, like registry.npmjs.org:443.',
        kind: 'list',
      },
      {
        key: 'network_policy_locked',
        label: 'Keep it to that',
        hint: 'Owners can close more, and open no more than this. Workspaces that are more open already stay so.',
        kind: 'switch',
      },
    ],
  },
  {
    title: 'Model budgets',
    description:
      'US dollars that the agent can spend on models. Leave a field empty for no limit. Who has a limit can only use models whose price is known.',
    fields: [
      {
        key: 'max_spend_usd_per_user_per_day',
        label: 'Per person and day',
        hint: 'UTC days.',
        kind: 'optional_amount',
      },
      {
        key: 'max_spend_usd_per_user_per_month',
        label: 'Per person and month',
        hint: 'UTC months.',
        kind: 'optional_amount',
      },
      {
        key: 'max_spend_usd_per_team_per_day',
        label: 'Per team and day',
        hint: 'UTC days.',
        kind: 'optional_amount',
      },
      {
        key: 'max_spend_usd_per_team_per_month',
        label: 'Per team and month',
        hint: 'UTC months.',
        kind: 'optional_amount',
      },
      {
        key: 'model_prices',
        label: 'Prices of models',
        hint: 'One per line, in US dollars for a million tokens, in place of the price that comes with Podex: openai/my-model input=0.5 output=1.5 cached=0.05. A cost that the provider reports comes first.',
        kind: 'list',
      },
    ],
  },
  {
    title: 'Idle workspaces',
    description: 'When workspaces that nobody uses are stopped. Their files and installed packages are kept.',
    fields: [
      {
        key: 'workspace_idle_timeout_seconds',
        label: 'Seconds without use',
        hint: '0 is never. Leave it empty for what the server’s configuration says.',
        kind: 'optional_number',
      },
      {
        key: 'workspace_pause_after_seconds',
        label: 'Seconds until a pause',
        hint: 'A paused workspace keeps its memory, uses no CPU and goes on at its next use. 0 is never.',
        kind: 'number',
      },
      {
        key: 'workspace_idle_timeout_may_be_never',
        label: 'Longer for a workspace',
        hint: 'People can give a workspace a longer time, or let it run without end.',
        kind: 'switch',
      },
    ],
  },
  {
    title: 'Email',
    description: 'What Podex sends by email.',
    fields: [
      {
        key: 'mail_on_waiting_approval',
        label: 'Waiting approvals',
        hint: 'Email people when the agent has waited 10 minutes for their approval.',
        kind: 'switch',
      },
    ],
  },
  {
    title: 'Security',
    description: 'What people need to sign in.',
    fields: [
      {
        key: 'preview_public_allowed',
        label: 'Public previews',
        hint: 'Owners of workspaces can let everyone open a port without signing in.',
        kind: 'switch',
      },
      {
        key: 'require_two_factor',
        label: 'Who needs two-factor authentication',
        hint: 'People without it can use only their account page until they set it up. Set up your own first.',
        kind: 'choice',
      },
    ],
  },
  {
    title: 'Audit log',
    description: 'How long the record of who did what is kept.',
    fields: [
      {
        key: 'audit_retention_days',
        label: 'Days to keep',
        hint: 'Older entries are deleted. Leave it empty to keep all of them.',
        kind: 'optional_number',
      },
    ],
  },
];

/** As it stands in its field. */
export function textOf(value: SettingValues[SettingKey]): string {
  return Array.isArray(value) ? value.join('\n') : String(value ?? '');
}

export type Problems = Partial<Record<SettingKey, string>>;

/** What a form holds, or what is wrong with it, by field. */
export function readSettingForm(
  { fields }: SettingForm,
  form: FormData,
): { input: UpdateSettingsInput } | { problems: Problems } {
  const values = fields.map(({ key, kind }) => [key, readAs(kind, String(form.get(key) ?? ''))]);
  const parsed = updateSettingsInput.safeParse(Object.fromEntries(values));
  if (parsed.success) return { input: parsed.data };
  const problems: Problems = {};
  for (const { path, code, message } of parsed.error.issues) {
    const field = fields.find(({ key }) => key === path[0]);
    if (field === undefined) continue;
    const line = typeof path[1] === 'number' ? `Line ${path[1] + 1} ` : '';
    const needed =
      field.kind === 'amount' || field.kind === 'optional_amount'
        ? 'Must be a number.'
        : 'Must be a whole number.';
    problems[field.key] ??= code === 'invalid_type' ? needed : `${line}${message}`;
  }
  return { problems };
}

const NUMBERS: ReadonlySet<SettingField['kind']> = new Set([
  'number',
  'amount',
  'optional_number',
  'optional_amount',
]);

export function isNumber(kind: SettingField['kind']): boolean {
  return NUMBERS.has(kind);
}

function readAs(kind: SettingField['kind'], text: string): unknown {
  if ((kind === 'optional_number' || kind === 'optional_amount') && text.trim() === '') return null;
  if (isNumber(kind)) return text.trim() === '' ? text : Number(text);
  if (kind === 'choice') return text;
  if (kind === 'switch') return text === 'true' ? true : text === 'false' ? false : text;
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
