import { z } from 'zod';
import { serverId } from './ids.ts';
import { drainProgress } from './moves.ts';
import { lineText } from './text.ts';

/**
 * Processors are promised this many times over: workspaces rest most of the time, and a busy one is held to its own size.
 * Memory is promised once.
 */
export const CPU_OVERCOMMIT = 4;

export const serverStatus = z.enum(['pending', 'ready', 'unreachable', 'draining', 'maintenance', 'unfit']);
export type ServerStatus = z.infer<typeof serverStatus>;

/** One line of the preflight: what was tried, whether it holds, and the cause and cure when it does not. */
export const serverCheck = z.object({
  name: z.enum([
    'engine',
    'runtime',
    'image',
    'storage',
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
  detail: z.string(),
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
    clock_skew_ms: z.number(),
  })
  .meta({ id: 'ServerFacts' });
export type ServerFacts = z.infer<typeof serverFacts>;

export const server = z
  .object({
    id: serverId,
    name: z.string(),
    hostname: z.string(),
    docker_port: z.number().int(),
    tls_ca_path: z.string().nullable(),
    tls_cert_path: z.string().nullable(),
    tls_key_path: z.string().nullable(),
    total_cpu: z.number(),
    total_memory_mb: z.number(),
    total_disk_gb: z.number(),
    status: serverStatus,
    reason: z.string().nullable(),
    checks: z.array(serverCheck),
    facts: serverFacts.nullable(),
    workspaces: z
      .number()
      .int()
      .meta({ description: 'How many workspaces live there, in any state but deleted.' }),
    reserved_cpu: z.number(),
    reserved_memory_mb: z.number(),
    drain: drainProgress.nullable().meta({ description: 'How far its drain is; null: it is not draining.' }),
    last_seen_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Server' });
export type Server = z.infer<typeof server>;

/** Far above any machine, far below what the database can count. */
const SERVER_MEMORY_MB_MAX = 1_000_000_000;
const SERVER_DISK_GB_MAX = 1_000_000_000;

const pathOnCompute = lineText(4096)
  .min(1)
  .regex(/^\//, 'must be an absolute path on the disk of the compute service');

/** The body of the guide's `POST /api/admin/servers`. TLS paths imply TLS; without them the server is refused. */
export const createServerInput = z
  .object({
    name: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and dashes'),
    hostname: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[A-Za-z0-9.:-]+$/, 'a host name or an IP address'),
    docker_port: z.number().int().min(1).max(65535).default(2376),
    tls_ca_path: pathOnCompute,
    tls_cert_path: pathOnCompute,
    tls_key_path: pathOnCompute,
    total_cpu: z.number().positive().max(4096),
    total_memory_mb: z.number().int().positive().max(SERVER_MEMORY_MB_MAX),
    total_disk_gb: z.number().positive().max(SERVER_DISK_GB_MAX),
  })
  .meta({ id: 'CreateServer' });
export type CreateServerInput = z.infer<typeof createServerInput>;

export const updateServerInput = createServerInput.partial().meta({ id: 'UpdateServer' });

export const capacity = z
  .object({
    servers: z.number().int(),
    ready_servers: z.number().int(),
    total_cpu: z.number(),
    total_memory_mb: z.number(),
    total_disk_gb: z.number(),
    reserved_cpu: z.number(),
    reserved_memory_mb: z.number(),
    workspaces: z.number().int(),
    running_workspaces: z.number().int(),
    max_workspaces: z.number().int(),
  })
  .meta({ id: 'Capacity' });
