import { z } from 'zod';
import { workspaceRelation } from './access.ts';
import { serverId, teamId, userId, workspaceId } from './ids.ts';
import { imageReference } from './images.ts';
import { regionMatch, requiredLabels } from './placement.ts';
import { isReservedVariable } from './secrets.ts';
import { serverRegion } from './servers.ts';
import { anyText, boundedRecord, isOneLine, lineText, nameText } from './text.ts';

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

export const port = z
  .object({ port: z.number().int().min(1).max(65535), access: z.enum(['private', 'link', 'public']) })
  .meta({ id: 'Port' });

export const setupStep = z.enum(['clone']);
export type SetupStep = z.infer<typeof setupStep>;
/** `running`: it is being done, or will be as soon as the workspace runs. */
export const setupStatus = z.enum(['running', 'failed', 'done']);
export type SetupStatus = z.infer<typeof setupStatus>;

export const workspaceSetup = z
  .object({
    step: setupStep.meta({ description: 'clone: the repository is brought into the home folder.' }),
    status: setupStatus,
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it failed and what helps, in words; null when it did not fail.' }),
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
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it is not as desired, in words; null when all is well.' }),
    server_id: serverId.nullable(),
    size: workspaceSize,
    image: z.string(),
    git_url: z.string().nullable(),
    branch: z.string().nullable(),
    setup: workspaceSetup.nullable().meta({
      description: 'What is done in it after its first start; null: nothing. It can be used meanwhile.',
    }),
    ports: z.array(port),
    started_from: startedFrom.nullable().meta({
      description:
        'pool: it was started from a warm container; cold: its container was made for it; null: before that was kept.',
    }),
    created_at: z.iso.datetime(),
    last_active_at: z.iso.datetime(),
    stops_at: z.iso.datetime().nullable().meta({ description: 'When it will be stopped for being idle.' }),
  })
  .meta({ id: 'Workspace' });
export type Workspace = z.infer<typeof workspace>;

const workspaceName = nameText(60)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u, 'letters, digits, spaces, dots, dashes and underscores')
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
  })
  .meta({ id: 'CreateWorkspace' });
export type CreateWorkspaceInput = z.infer<typeof createWorkspaceInput>;

export const updateWorkspaceInput = z
  .object({ name: workspaceName, size: workspaceSize })
  .partial()
  .meta({ id: 'UpdateWorkspace' });
export type UpdateWorkspaceInput = z.infer<typeof updateWorkspaceInput>;

export const waitQuery = z.object({
  wait_ms: z.coerce.number().int().min(0).max(60_000).default(10_000).meta({
    description: 'How long to wait for the desired status before answering with what is true then.',
  }),
});
