import { z } from 'zod';
import { workspaceRelation } from './access.ts';
import { serverId, teamId, userId, workspaceId } from './ids.ts';
import { imageReference } from './images.ts';
import { networkMode, networkPolicyInput } from './network-policies.ts';
import { regionMatch, requiredLabels } from './placement.ts';
import { isReservedVariable } from './secrets.ts';
import { serverRegion } from './servers.ts';
import { anyText, boundedRecord, isOneLine, lineText, nameText } from './text.ts';

/** Shorter would stop people who think. */
export const IDLE_TIMEOUT_SECONDS_MIN = 60;
export const IDLE_TIMEOUT_SECONDS_MAX = 31_536_000;
const KEEP_ALIVE_SECONDS_MAX = 86_400;

/** Seconds without use after which a workspace is stopped; 0 is never. */
export const idleTimeoutSeconds = z
  .number()
  .int()
  .min(0)
  .max(IDLE_TIMEOUT_SECONDS_MAX)
  .refine((value) => value === 0 || value >= IDLE_TIMEOUT_SECONDS_MIN, {
    error: `must be 0 (never), or at least ${IDLE_TIMEOUT_SECONDS_MIN}`,
  });

/** Seconds without use after which a workspace is paused; 0 is never. */
export const pauseAfterSeconds = z
  .number()
  .int()
  .min(0)
  .max(IDLE_TIMEOUT_SECONDS_MAX)
  .refine((value) => value === 0 || value >= IDLE_TIMEOUT_SECONDS_MIN, {
    error: `must be 0 (never), or at least ${IDLE_TIMEOUT_SECONDS_MIN}`,
  });

/** What its owner wants of a workspace. */
export const desiredStatus = z.enum(['running', 'paused', 'stopped', 'deleted']);
export type DesiredStatus = z.infer<typeof desiredStatus>;

/** What was last seen. `unreachable`: its server can’t be reached, so nothing newer is known. */
export const workspaceStatus = z.enum([
  'creating',
  'running',
  'pausing',
  'paused',
  'stopping',
  'stopped',
  'unreachable',
  'failed',
  'deleted',
]);
export type WorkspaceStatus = z.infer<typeof workspaceStatus>;

/** The sizes a workspace can have. gVisor containers cannot be resized alive: a new size takes effect at the next start. */
export const WORKSPACE_SIZES = {
  small: { cpu: 1, memory_mb: 2048, disk_gb: 10 },
  medium: { cpu: 2, memory_mb: 4096, disk_gb: 20 },
  large: { cpu: 4, memory_mb: 8192, disk_gb: 40 },
} as const;
export const workspaceSize = z.enum(['small', 'medium', 'large']);
export type WorkspaceSize = z.infer<typeof workspaceSize>;

/** pool: it took a warm container that waited for an owner. cold: its container was made for it. */
export const startedFrom = z.enum(['pool', 'cold']);
export type StartedFrom = z.infer<typeof startedFrom>;

/**
 * at_next_start: newer code of its daemon is there, and runs from its next start on. needs_rebuild: its container takes none; a rebuild brings it.
 */
export const daemonUpdate = z.enum(['at_next_start', 'needs_rebuild']);
export type DaemonUpdate = z.infer<typeof daemonUpdate>;

export const sharedPort = z
  .object({ port: z.number().int().min(1).max(65535), access: z.enum(['link', 'public']) })
  .meta({ id: 'SharedPort' });
export type SharedPort = z.infer<typeof sharedPort>;

export const setupStep = z.enum(['clone']);
export type SetupStep = z.infer<typeof setupStep>;
/** `running`: it is being done, or will be as soon as the workspace runs. */
export const setupStatus = z.enum(['running', 'failed', 'done']);
export type SetupStatus = z.infer<typeof setupStatus>;

export const workspaceSetup = z
  .object({
    step: setupStep.meta({ description: 'clone: the repository is brought into the home folder.' }),
    status: setupStatus,
    reason: z.string().nullable().meta({
      description: 'Why it failed and what helps; or, while it runs, how far it is, where that is known.',
    }),
  })
  .meta({ id: 'WorkspaceSetup' });
export type WorkspaceSetup = z.infer<typeof workspaceSetup>;

export const workspace = z
  .object({
    id: workspaceId,
    name: z.string(),
    owner_id: userId.meta({ description: 'Who made it, or took it over.' }),
    team_id: teamId.nullable().meta({ description: 'The team that it belongs to; null: it is its owner’s.' }),
    relation: workspaceRelation.meta({ description: 'What you are to it.' }),
    desired_status: desiredStatus,
    status: workspaceStatus,
    reason: z.string().nullable().meta({
      description: 'Why it is not as desired, or was stopped, in words; null when there is nothing to say.',
    }),
    server_id: serverId.nullable(),
    region: z.string().nullable().meta({ description: 'Where it was to live; null: anywhere.' }),
    region_match: regionMatch,
    labels: z
      .record(z.string(), z.string())
      .meta({ description: 'That its server must have: those asked for, and those of its team.' }),
    size: workspaceSize,
    image: z.string(),
    git_url: z.string().nullable(),
    branch: z.string().nullable(),
    setup: workspaceSetup.nullable().meta({
      description: 'What is done in it after its first start; null: nothing. It can be used meanwhile.',
    }),
    ports: z.array(sharedPort).meta({
      description:
        'Whose previews others than its people can open, by link or without; `listPorts` has all that listen.',
    }),
    started_from: startedFrom.nullable().meta({
      description:
        'pool: it was started from a warm container; cold: its container was made for it; null: before that was kept.',
    }),
    network_mode: networkMode.meta({ description: 'What it may reach: `getNetworkPolicy` has the list.' }),
    created_at: z.iso.datetime(),
    last_active_at: z.iso.datetime(),
    stops_at: z.iso.datetime().nullable().meta({
      description:
        'When it is stopped unless it is used before; null: it does not run, or is not stopped for being idle.',
    }),
    idle_timeout_seconds: idleTimeoutSeconds.nullable().meta({
      description: 'Seconds without use after which it is stopped; 0 is never, null the platform’s.',
    }),
    auto_start: z.boolean().meta({
      description:
        'Whether the next use starts it when it is stopped: a terminal, a command, a change of a file.',
    }),
    daemon_update: daemonUpdate.nullable().meta({
      description:
        'Whether its daemon, which serves files, terminals and commands in it, is to be updated; null: it is up to date. at_next_start: it is, the next time the workspace starts; needs_rebuild: `rebuildWorkspace` does it.',
    }),
  })
  .meta({ id: 'Workspace' });
export type Workspace = z.infer<typeof workspace>;

const workspaceName = nameText(60)
  // Marks are parts of letters in many scripts; the two joiners stand within words of some.
  .regex(
    /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._-]|\u200c|\u200d)*$/u,
    'letters, digits, spaces, dots, dashes and underscores',
  )
  .meta({ example: 'shop-frontend' });

/** Environment variables of terminals and commands. */
export const environmentVariables = boundedRecord(
  z
    .string()
    .max(128)
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  anyText(32_768),
  100,
);

export const createWorkspaceInput = z
  .object({
    name: workspaceName,
    team_id: teamId
      .optional()
      .meta({ description: 'A team in which you are a member or more; your own when left out.' }),
    size: workspaceSize.default('small'),
    image: imageReference.optional().meta({
      description: 'A glibc Linux image that an admin allows; the platform default when left out.',
      example: 'debian:12',
    }),
    git_url: z
      .url({ protocol: /^(https?|ssh|git)$/ })
      .max(2048)
      .refine(isOneLine, 'must be one line without control characters')
      .optional(),
    branch: lineText(255).min(1).optional(),
    idle_timeout_seconds: idleTimeoutSeconds.nullable().optional().meta({
      description:
        'Seconds without use after which it is stopped; 0 is never, null or left out the platform’s.',
    }),
    auto_start: z.boolean().default(true).meta({
      description: 'Whether the next use starts it when it is stopped.',
    }),
    env: environmentVariables
      .refine(
        (env) => !Object.keys(env).some(isReservedVariable),
        'has a reserved name, such as PATH or PODEX_…',
      )
      .optional()
      .meta({
        description:
          'Variables of terminals and commands; not of the container. They are kept as secrets of the workspace.',
      }),
    region: serverRegion
      .optional()
      .meta({ description: 'Of the server where it lives; any when left out.', example: 'eu-west' }),
    region_match: regionMatch.default('required').meta({
      description: 'required: nowhere but in `region`; preferred: elsewhere when there is no room.',
    }),
    labels: requiredLabels
      .optional()
      .meta({ description: 'Labels that its server must have, with the same values.' }),
    network_policy: networkPolicyInput.optional().meta({
      description: 'What it may reach, from its first moment; the platform’s default when left out.',
    }),
  })
  .meta({ id: 'CreateWorkspace' });
export type CreateWorkspaceInput = z.infer<typeof createWorkspaceInput>;

export const updateWorkspaceInput = z
  .object({
    name: workspaceName,
    size: workspaceSize,
    image: imageReference.nullable().meta({
      description: 'Size and image take effect with its next container; null: the platform’s own image.',
    }),
    idle_timeout_seconds: idleTimeoutSeconds.nullable(),
    auto_start: z.boolean(),
  })
  .partial()
  .meta({ id: 'UpdateWorkspace' });
export type UpdateWorkspaceInput = z.infer<typeof updateWorkspaceInput>;

export const keepAliveInput = z
  .object({
    seconds: z.number().int().min(IDLE_TIMEOUT_SECONDS_MIN).max(KEEP_ALIVE_SECONDS_MAX).optional().meta({
      description: 'It is not stopped for being idle for as long; left out, its idle time begins again.',
    }),
  })
  .meta({ id: 'KeepAlive' });
export type KeepAliveInput = z.infer<typeof keepAliveInput>;

export const rebuildPreview = z
  .object({
    kept: z.array(z.string()).meta({ description: 'In words, for people.' }),
    lost: z.array(z.string()).meta({ description: 'In words, for people.' }),
    changes: z
      .array(z.object({ what: z.enum(['size', 'image']), from: z.string(), to: z.string() }))
      .meta({ description: 'What was changed since its container was made, and takes effect.' }),
  })
  .meta({ id: 'RebuildPreview' });
export type RebuildPreview = z.infer<typeof rebuildPreview>;

export const waitQuery = z.object({
  wait_ms: z.coerce.number().int().min(0).max(60_000).default(10_000).meta({
    description: 'How long to wait for the desired status before answering with what is true then.',
  }),
});
