import { z } from 'zod';
import { drainProgress } from './drains.ts';
import { serverId } from './ids.ts';
import { boundedRecord, lineText } from './text.ts';

export const serverStatus = z.enum(['pending', 'ready', 'unreachable', 'draining', 'maintenance', 'unfit']);
export type ServerStatus = z.infer<typeof serverStatus>;

/** One line of the preflight: what was tried, whether it holds, and the cause and cure when it does not. */
export const serverCheck = z.object({
  name: z.enum([
    'client_certificate',
    'tls',
    'engine',
    'calls',
    'engine_version',
    'engine_identity',
    'capacity',
    'runtime',
    'image',
    'storage',
    'disk',
    'quota',
    'freezer',
    'clock',
    'egress_rules',
    'egress_metadata',
    'egress_host',
    'egress_engine',
    'egress_neighbours',
    'egress_private',
    'egress_ipv6',
    'resolver',
    'internet',
  ]),
  ok: z.boolean(),
  warning: z
    .boolean()
    .optional()
    .meta({ description: 'It holds, and will not for long: `detail` says why and what to do.' }),
  detail: z.string(),
  percent: z.number().min(0).max(100).nullable().optional().meta({
    description:
      'While the image is pulled: how far that has come, null as long as its size is not known. Otherwise left out.',
  }),
});
export type ServerCheck = z.infer<typeof serverCheck>;

/** What preflight read back from the server itself. */
export const serverFacts = z
  .object({
    engine_version: z.string(),
    api_version: z.string(),
    kernel_version: z.string(),
    operating_system: z.string(),
    architecture: z.string(),
    cpus: z.number(),
    memory_mb: z.number(),
    sandbox_kernel: z.string().meta({ description: 'What `dmesg` says inside a container: gVisor.' }),
    quota: z.string().meta({ description: 'How disk limits are enforced: none, or the driver.' }),
    live_restore: z
      .boolean()
      .optional()
      .meta({ description: 'Whether containers go on while its Docker is restarted.' }),
    clock_skew_ms: z.number(),
    engine_id: z.string().optional().meta({ description: 'The engine’s own name for itself.' }),
    disk_total_gb: z.number().optional(),
    disk_free_gb: z.number().optional(),
    client_certificate_expires_at: z.iso.datetime().optional(),
    server_certificate_expires_at: z.iso.datetime().optional(),
  })
  .meta({ id: 'ServerFacts' });
export type ServerFacts = z.infer<typeof serverFacts>;

const LABELS_MAX = 32;
const LABEL_MAX = 63;

/** What an operator says of a server, such as `{"disk": "nvme"}`. */
export const serverLabels = boundedRecord(
  z
    .string()
    .min(1)
    .max(LABEL_MAX)
    .regex(/^[a-z0-9._/-]+$/, 'lower-case letters, digits and . _ / -'),
  lineText(LABEL_MAX),
  LABELS_MAX,
);

/** Where a server stands, in the operator’s words. */
export const serverRegion = lineText(LABEL_MAX).trim().min(1);

export const regions = z
  .object({
    regions: z.array(z.string()).meta({ description: 'Of servers that are not drained, in order.' }),
  })
  .meta({ id: 'Regions' });

export const server = z
  .object({
    id: serverId,
    name: z.string(),
    hostname: z.string(),
    docker_port: z.number().int(),
    tls_ca_path: z.string().nullable(),
    tls_cert_path: z.string().nullable(),
    tls_key_path: z.string().nullable(),
    enrolled: z
      .boolean()
      .meta({ description: 'It joined by itself: Podex made its certificates, and those shown to it.' }),
    total_cpu: z.number(),
    total_memory_mb: z.number(),
    total_disk_gb: z.number(),
    usable_cpu: z
      .number()
      .meta({ description: 'The smaller of what is registered and what the engine says.' }),
    usable_memory_mb: z.number().meta({ description: 'As `usable_cpu`.' }),
    usable_disk_gb: z.number().meta({ description: 'As `usable_cpu`.' }),
    labels: serverLabels,
    region: z.string().nullable(),
    status: serverStatus,
    reason: z.string().nullable(),
    checks: z.array(serverCheck).meta({ description: 'Of the last preflight that ended.' }),
    progress: z
      .array(serverCheck)
      .nullable()
      .meta({ description: 'While a check that was asked for goes on: what it has found so far.' }),
    facts: serverFacts.nullable(),
    workspaces: z
      .number()
      .int()
      .meta({ description: 'How many workspaces live there, in any state but deleted.' }),
    reserved_cpu: z.number(),
    reserved_memory_mb: z.number(),
    drain: drainProgress.nullable().meta({ description: 'How far its drain is; null: it is not draining.' }),
    reserved_disk_gb: z
      .number()
      .meta({ description: 'By the sizes of all workspaces there, in any state but deleted.' }),
    last_seen_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Server' });
export type Server = z.infer<typeof server>;

/** Far above any machine, far below what the database can count. */
const SERVER_MEMORY_MB_MAX = 1_000_000_000;
const SERVER_DISK_GB_MAX = 1_000_000;
const HOST_NAME_MAX = 253;
const DEFAULT_DOCKER_PORT = 2376;

const pathOnCompute = lineText(4096)
  .min(1)
  .regex(/^\//, 'must be an absolute path on the disk of the compute service')
  .refine((path) => !path.split('/').includes('..'), 'must not contain ..');

const address = z.union([z.ipv4(), z.ipv6(), z.hostname()]);

const registration = {
  name: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and dashes'),
  hostname: z
    .string()
    .min(1)
    .max(HOST_NAME_MAX)
    .refine((text) => address.safeParse(text).success, 'must be a host name or an IP address'),
  docker_port: z.number().int().min(1).max(65535),
  tls_ca_path: pathOnCompute,
  tls_cert_path: pathOnCompute,
  tls_key_path: pathOnCompute,
  total_cpu: z.number().positive().max(4096),
  total_memory_mb: z.number().int().positive().max(SERVER_MEMORY_MB_MAX),
  total_disk_gb: z.number().positive().max(SERVER_DISK_GB_MAX),
  labels: serverLabels,
  region: serverRegion.nullable(),
};

/** The body of the guide's `POST /api/admin/servers`. TLS paths imply TLS; without them the server is refused. */
export const createServerInput = z
  .object({
    ...registration,
    docker_port: registration.docker_port.default(DEFAULT_DOCKER_PORT),
    labels: registration.labels.optional(),
    region: registration.region.optional(),
  })
  .meta({ id: 'CreateServer' });
export type CreateServerInput = z.infer<typeof createServerInput>;

/** Without defaults: what is left out stays as it is. `labels` replaces all labels. */
export const updateServerInput = z.object(registration).partial().meta({ id: 'UpdateServer' });
export type UpdateServerInput = z.infer<typeof updateServerInput>;

export const capacity = z
  .object({
    servers: z.number().int(),
    ready_servers: z.number().int(),
    total_cpu: z.number(),
    total_memory_mb: z.number(),
    total_disk_gb: z.number(),
    reserved_cpu: z.number(),
    reserved_memory_mb: z.number(),
    reserved_disk_gb: z.number(),
    workspaces: z.number().int(),
    running_workspaces: z.number().int(),
    max_workspaces: z.number().int(),
    waiting_workspaces: z.number().int().meta({ description: 'That no server takes at present.' }),
    pool_ready: z.number().int().meta({ description: 'Warm slots that a new workspace can take.' }),
  })
  .meta({ id: 'Capacity' });
