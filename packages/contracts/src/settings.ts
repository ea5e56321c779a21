import { z } from 'zod';
import { imageLabels } from './image-labels.ts';
import { imagePattern } from './images.ts';
import { modelPriceLines } from './model-prices.ts';
import { networkAllowList, networkMode } from './network-policies.ts';
import { poolSchedule } from './pool-schedule.ts';
import { idleTimeoutSeconds, pauseAfterSeconds } from './workspaces.ts';

/** Who may make an account. An invitation is good in every mode. */
export const registrationMode = z.enum(['closed', 'invitation', 'domains', 'open']);
export type RegistrationMode = z.infer<typeof registrationMode>;

/** Who must have two-factor authentication. */
export const twoFactorRequirement = z.enum(['nobody', 'admins', 'everyone']);
export type TwoFactorRequirement = z.infer<typeof twoFactorRequirement>;

/** `spread`: workspaces go where most is free. `pack`: they fill one server before the next. */
export const placementStrategy = z.enum(['spread', 'pack']);
export type PlacementStrategy = z.infer<typeof placementStrategy>;

/** `auto`: wherever a server can. `required`: a server that cannot gets no work. `off`: on no server. */
export const diskLimits = z.enum(['auto', 'required', 'off']);
export type DiskLimits = z.infer<typeof diskLimits>;

const emailDomain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a domain like example.com');

const count = (max: number) => z.number().int().min(1).max(max);
/** How many times over something may be promised. */
const overcommit = z.number().min(1).max(100);
/** USD; null is no limit. */
const budget = z.number().min(0).max(1_000_000).nullable();

interface SettingDefinition {
  schema: z.ZodType;
  default: unknown;
  /** For admins: what it does. */
  description: string;
}

function define<const Table extends Record<string, SettingDefinition>>(table: Table): Table {
  return table;
}

/** Everything an admin can change while Podex runs. A new setting is one row here. */
export const SETTINGS = define({
  registration: {
    schema: registrationMode,
    default: 'invitation',
    description:
      'Who may make an account. closed: nobody new, and no new invitations (those that were sent stay good); invitation: the invited; ' +
      'domains: also people whom a sign-in provider vouches for at one of registration_domains; open: everybody.',
  },
  registration_domains: {
    schema: z.array(emailDomain).max(100),
    default: [],
    description: 'Email domains of people who may make an account while registration is domains.',
  },
  require_two_factor: {
    schema: twoFactorRequirement,
    default: 'nobody',
    description:
      'Who must set up two-factor authentication before anything else: nobody, admins or everyone. It holds for bearer tokens too.',
  },
  allowed_images: {
    schema: z.array(imagePattern).max(200),
    default: [],
    description:
      'Images that workspaces may name beside the platform’s own: debian:12, docker.io/library/*, ghcr.io/acme/*.',
  },
  image_labels: {
    schema: imageLabels,
    default: [],
    description:
      'Labels that servers must have to run an image: ghcr.io/acme/cuda gpu=nvidia, or ghcr.io/acme/* disk=nvme zone=a. It holds for ' +
      'workspaces that are made, or given the image, from now on.',
  },
  workspace_idle_timeout_seconds: {
    schema: idleTimeoutSeconds.nullable(),
    default: null,
    description:
      'Seconds without use after which a workspace is stopped, with its files kept; 0 is never, null what COMPUTE_WORKSPACE_TIMEOUT says.',
  },
  workspace_pause_after_seconds: {
    schema: pauseAfterSeconds,
    default: 0,
    description:
      'Seconds without use after which a workspace is paused: all that runs in it is kept, uses no CPU, and goes on at the next use; 0 is never. ' +
      'It keeps its memory, and is stopped by its idle timeout as if it ran.',
  },
  workspace_idle_timeout_may_be_never: {
    schema: z.boolean(),
    default: true,
    description:
      'Whether a workspace can have a longer idle timeout of its own, or none; otherwise only a shorter one.',
  },
  network_policy_default: {
    schema: networkMode,
    default: 'open',
    description:
      'What a new workspace may reach unless its owner says otherwise. open: the internet, never private networks; allow_list: of that, ' +
      'only what network_allow_list_default names; deny_all: nothing.',
  },
  network_allow_list_default: {
    schema: networkAllowList,
    default: [],
    description:
      'Host names, IPv4 addresses and networks, alone or with a port, for network_policy_default allow_list: registry.npmjs.org:443, 203.0.113.0/24.',
  },
  network_policy_locked: {
    schema: z.boolean(),
    default: false,
    description:
      'Whether owners may only set a policy that opens no more than network_policy_default. Workspaces that are more open already stay so.',
  },
  max_workspaces_per_user: {
    schema: count(10_000),
    default: 20,
    description: 'Workspaces that one person can have.',
  },
  max_running_workspaces_per_user: {
    schema: count(1_000),
    default: 5,
    description: 'Workspaces of one person that can run at the same time.',
  },
  max_workspaces_per_team: {
    schema: count(10_000),
    default: 50,
    description: 'Workspaces that one team can have.',
  },
  max_running_workspaces_per_team: {
    schema: count(1_000),
    default: 10,
    description: 'Workspaces of one team that can run at the same time.',
  },
  max_cpu_per_user: {
    schema: count(100_000),
    default: 16,
    description: 'CPUs that the running workspaces of one person can have together.',
  },
  max_cpu_per_team: {
    schema: count(100_000),
    default: 40,
    description: 'CPUs that the running workspaces of one team can have together.',
  },
  max_memory_mb_per_user: {
    schema: count(100_000_000),
    default: 32_768,
    description: 'Memory in MB that the running workspaces of one person can have together.',
  },
  max_memory_mb_per_team: {
    schema: count(100_000_000),
    default: 81_920,
    description: 'Memory in MB that the running workspaces of one team can have together.',
  },
  max_disk_gb_per_user: {
    schema: count(10_000_000),
    default: 400,
    description: 'Disk in GB that all workspaces of one person can have together.',
  },
  max_disk_gb_per_team: {
    schema: count(10_000_000),
    default: 1_000,
    description: 'Disk in GB that all workspaces of one team can have together.',
  },
  max_active_turns_per_user: {
    schema: count(10_000),
    default: 20,
    description:
      'Turns of the agent that can be queued, running or waiting at the same time in the workspaces of one person.',
  },
  max_active_turns_per_team: {
    schema: count(10_000),
    default: 50,
    description:
      'Turns of the agent that can be queued, running or waiting at the same time in the workspaces of one team.',
  },
  max_spend_usd_per_user_per_day: {
    schema: budget,
    default: null,
    description:
      'US dollars that the agent can spend on models per UTC day in the workspaces of one person; null is no limit. Who has a limit can only ' +
      'use models whose price is known.',
  },
  max_spend_usd_per_user_per_month: {
    schema: budget,
    default: null,
    description: 'The same per calendar month (UTC) and person; null is no limit.',
  },
  max_spend_usd_per_team_per_day: {
    schema: budget,
    default: null,
    description:
      'US dollars that the agent can spend on models per UTC day in the workspaces of one team; null is no limit.',
  },
  max_spend_usd_per_team_per_month: {
    schema: budget,
    default: null,
    description: 'The same per calendar month (UTC) and team; null is no limit.',
  },
  model_prices: {
    schema: modelPriceLines,
    default: [],
    description:
      'Prices of models in place of those that come with Podex, in USD for a million tokens: openai/my-model input=0.5 output=1.5 ' +
      'cached=0.05 cache_write=0.6, or openai/my-* for all that begin so. A cost that the provider itself reports comes first.',
  },
  max_connections_per_user: {
    schema: count(10_000),
    default: 100,
    description:
      'Terminals, event streams and live sockets that one person can have open at the same time, in each process of the api service.',
  },
  max_teams_per_user: {
    schema: count(1_000),
    default: 20,
    description: 'Teams that one person can have made.',
  },
  max_tokens_per_user: {
    schema: count(10_000),
    default: 100,
    description: 'Bearer tokens that one person can have.',
  },
  max_workspaces: {
    schema: count(100_000).nullable(),
    default: null,
    description:
      'Workspaces that can run at the same time, over all servers; null is what COMPUTE_MAX_WORKSPACES says.',
  },
  placement_strategy: {
    schema: placementStrategy,
    default: 'spread',
    description:
      'Where a new workspace goes. spread: to the server with most left, so that all have equal load; pack: to the fullest that has ' +
      'room, so that the others stay empty.',
  },
  cpu_overcommit: {
    schema: overcommit,
    default: 4,
    description:
      'How many times over the CPUs of a server are promised. Workspaces rest most of the time, and a busy one is held to its own size.',
  },
  memory_overcommit: {
    schema: overcommit,
    default: 1,
    description:
      'How many times over the memory of a server is promised. Above 1, workspaces that use all of theirs at once can end each other.',
  },
  disk_overcommit: {
    schema: overcommit,
    default: 4,
    description:
      'How many times over the disk of a server is promised. A workspace, also a stopped one, holds its size; most fill a small part of it.',
  },
  disk_limits: {
    schema: diskLimits,
    default: 'auto',
    description:
      'Whether a workspace is held to the disk of its size, in space and in number of files. auto: on every server that can; required: a ' +
      'server that cannot gets no workspaces; off: one workspace can fill the disk for all. It holds for disks that are made from now on.',
  },
  max_processes_per_workspace: {
    schema: z.number().int().min(256).max(32_768),
    default: 4_096,
    description:
      'Processes that the user of a workspace can have at the same time, so that a fork bomb ends by itself. It holds for containers that ' +
      'are made from now on.',
  },
  warm_pool_size: {
    schema: z.number().int().min(0).max(1_000).nullable(),
    default: null,
    description:
      'Started containers of the default image, in size small, that wait for an owner, so that a new workspace is there at once; 0 keeps none; ' +
      'null is what COMPUTE_WARM_POOL_SIZE says. Fewer are kept where servers have no room to spare.',
  },
  warm_pool_schedule: {
    schema: poolSchedule,
    default: [],
    description:
      'Other sizes of the warm pool by the clock of a time zone, for example weekdays 08:00-18:00 Europe/Vienna 5. Days are daily, weekdays, ' +
      'weekends, mon or mon-fri. The first line that holds now counts; at other times warm_pool_size does.',
  },
  preview_public_allowed: {
    schema: z.boolean(),
    default: true,
    description:
      'Whether owners can make the preview of a port public. Turned off, those that are public already can be opened by their people alone.',
  },
  mail_on_waiting_approval: {
    schema: z.boolean(),
    default: true,
    description: 'Whether people get an email when the agent has waited 10 minutes for their approval.',
  },
  audit_retention_days: {
    schema: z.number().int().min(1).max(36_500).nullable(),
    default: null,
    description: 'Days for which entries of the audit log are kept; null keeps all of them.',
  },
});

export type SettingKey = keyof typeof SETTINGS;
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

type Schemas = { [Key in SettingKey]: (typeof SETTINGS)[Key]['schema'] };
type Changes = { [Key in SettingKey]: z.ZodOptional<z.ZodNullable<Schemas[Key]>> };

const schemas = Object.fromEntries(SETTING_KEYS.map((key) => [key, SETTINGS[key].schema])) as Schemas;
const changes = Object.fromEntries(
  SETTING_KEYS.map((key) => [key, SETTINGS[key].schema.nullable().optional()]),
) as Changes;

export const settingValues = z.object(schemas).meta({ id: 'SettingValues' });
export type SettingValues = z.infer<typeof settingValues>;

/** What applies while nothing was set. */
export const DEFAULT_SETTINGS: SettingValues = settingValues.parse(
  Object.fromEntries(SETTING_KEYS.map((key) => [key, SETTINGS[key].default])),
);

export const settings = z
  .object({
    values: settingValues,
    changes: z
      .array(
        z.object({
          key: z.enum(SETTING_KEYS),
          updated_at: z.iso.datetime(),
          updated_by: z
            .string()
            .nullable()
            .meta({ description: 'Email of the admin; null when the account is gone.' }),
        }),
      )
      .meta({ description: 'Settings that were set; the others have their defaults.' }),
  })
  .meta({ id: 'Settings' });
export type Settings = z.infer<typeof settings>;

export const updateSettingsInput = z
  .strictObject(changes)
  .meta({ id: 'UpdateSettings', description: 'What is left out stays; null brings the default back.' });
export type UpdateSettingsInput = z.infer<typeof updateSettingsInput>;

/** What a person who is not signed in may know of it. */
export const registration = z
  .object({
    mode: registrationMode,
    providers: z
      .array(z.object({ id: z.string(), name: z.string() }))
      .meta({ description: 'That can be used to sign in: the id for the request, the name for people.' }),
    mail: z.boolean().meta({ description: 'Whether links to reset a password can be sent by email.' }),
  })
  .meta({ id: 'Registration' });
export type Registration = z.infer<typeof registration>;
