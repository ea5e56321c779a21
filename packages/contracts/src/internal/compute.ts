import { z } from 'zod';
import { commandId, serverId, workspaceId } from '../ids.ts';
import { networkMode } from '../network-policies.ts';
import { regionMatch, requiredLabels } from '../placement.ts';
import { server, serverCheck, serverFacts, serverStatus } from '../servers.ts';
import { settingValues } from '../settings.ts';
import { keptText, lineText, nameText } from '../text.ts';
import { roomWait } from '../waiting.ts';
import {
  daemonUpdate,
  desiredStatus,
  idleTimeoutSeconds,
  setupStatus,
  setupStep,
  startedFrom,
  workspaceSize,
  workspaceStatus,
} from '../workspaces.ts';
import { slotKey } from './pool.ts';

/** The largest number of PostgreSQL’s `integer`. */
const INT4_MAX = 2_147_483_647;
const CHECKS_MAX = 50;
const leaseToken = lineText(100);

/**
 * The protocol between compute (client) and api (server, `/internal/…`, bearer INTERNAL_SERVICE_TOKEN). Commands in, observations out:
 * api hands out workspaces whose observed state differs from the desired one; compute moves reality a step and says what it saw.
 *
 * - `POST /internal/workspaces/claim`            claimWorkspacesInput → claimWorkspacesResult   long poll, leases
 * - `POST /internal/workspaces/{id}/reserve`     reserveInput → 204 | 409 limit_reached         puts it on a server, atomically
 * - `POST /internal/workspaces/{id}/observe`     observeInput → 204 | 409 workspace_changed     gives the lease back
 * - `POST /internal/workspaces/{id}/environment` environmentInput → workspaceEnvironment         secrets, for the daemon’s memory alone
 * - `POST /internal/workspaces/{id}/hung`        hungInput → 204                                its daemon no longer responds
 * - `POST /internal/workspaces/daemons`          daemonsInput → daemonsResult                   whether they are to be updated
 * - `POST /internal/workspaces/setups/claim`     claimWorkspacesInput → claimSetupsResult        long poll, leases of their own
 * - `POST /internal/workspaces/{id}/setup`       observeSetupInput → 204 | 409                   gives that lease back
 * - `POST /internal/workspaces/release`           releaseLeasesInput → 204                       what dead computes of a machine held
 * - `POST /internal/workspaces/active`           activeInput → 204                              moves last_active_at
 * - `POST /internal/workspaces/idle/claim`       claimIdleInput → claimIdleResult               those that may have been idle for long
 * - `POST /internal/workspaces/{id}/idle`        observeIdleInput → 204                         they are warned, stopped or left
 * - `GET  /internal/servers`                     ?worker_id → serverSnapshot        who asks is alive
 * - `GET  /internal/servers/news`                serverNewsQuery → serverNews       long poll; whether to ask for them now
 * - `GET  /internal/servers/{id}/network-policies` → serverNetworkPolicies                      (network-policies.ts)
 * - `PUT  /internal/servers/local`               localServerInput → { server_id }               the engine beside compute
 * - `POST /internal/servers/{id}/observe`        observeServerInput → observeServerResult
 * - `POST /internal/servers/{id}/progress`       serverProgressInput → 204                      the checks so far of one that is awaited
 * - `DELETE /internal/leftovers/{key}`            → 204                                         container and folder are gone
 * - `POST /internal/servers/{id}/containers`     observeContainersInput → observeContainersResult  the periodic whole picture
 */
/** One run of a container: it has another `started_at`, in the engine’s words, each time it is started. */
export const containerRun = z.object({ container_id: lineText(128), started_at: lineText(64) });
export type ContainerRun = z.infer<typeof containerRun>;

export const workspaceTask = z.object({
  id: workspaceId,
  version: z.number().int(),
  lease_token: z.string(),
  lease_ttl_ms: z.number().int(),
  name: z.string(),
  desired_status: desiredStatus,
  status: workspaceStatus,
  image: z.string().nullable().meta({ description: 'null: the default of compute.' }),
  size: workspaceSize,
  server_id: serverId.nullable().meta({ description: 'Where its storage lives, once it was placed.' }),
  storage_key: z.string(),
  region: z.string().nullable(),
  region_match: regionMatch,
  required_labels: requiredLabels,
  started_from: startedFrom.nullable(),
  is_first_start: z.boolean().meta({ description: 'It has never run.' }),
  container_id: z.string().nullable().meta({
    description: 'Of its last run; before the first, the warm slot that it was given.',
  }),
  attempts: z.number().int().meta({ description: 'Failed tries in a row.' }),
  network: z
    .object({
      mode: networkMode,
      pending: z.boolean().meta({ description: 'Its server may hold it to another policy than this.' }),
    })
    .meta({ description: 'What it may reach. Its server has the lists (`serverNetworkPolicies`).' }),
  rebuild_of: z
    .string()
    .nullable()
    .meta({ description: 'The container that is replaced by a new one around its files.' }),
  interruption: z
    .object({
      reason: z.string().meta({ description: 'For its owner, once it runs again or is given up.' }),
      gives_up: z.boolean().meta({ description: 'It was interrupted too often to be started again.' }),
      hung: containerRun.nullable().meta({ description: 'What is ended before it is started again.' }),
    })
    .nullable()
    .meta({ description: 'It ran and was interrupted, and has not run since.' }),
});
export type WorkspaceTask = z.infer<typeof workspaceTask>;

export const claimWorkspacesInput = z.object({
  worker_id: lineText(100).min(1),
  max: z.number().int().min(1).max(50),
  wait_ms: z.number().int().min(0).max(30_000),
});
/** A worker’s id is the instance it is, a slash, and a part of its own. Its own leases are never among those that are freed. */
export const releaseLeasesInput = z.object({
  worker_id: lineText(100).min(1),
  instances: z.array(lineText(100).min(1)).max(20),
});
export const claimWorkspacesResult = z.object({ items: z.array(workspaceTask) });

/** Refused with `limit_reached` when the server has no room left or COMPUTE_MAX_WORKSPACES would be passed. */
export const reserveInput = z.object({
  lease_token: leaseToken,
  server_id: serverId,
  image: lineText(255),
  max_workspaces: z.number().int().min(0).max(INT4_MAX).meta({
    description:
      'Workspaces that run or start, over all servers, as COMPUTE_MAX_WORKSPACES says: good while no admin has set `max_workspaces`.',
  }),
});

/**
 * What compute saw. `version` is the one it worked for: when the owner has changed the workspace since, the observation is kept all
 * the same and the workspace is handed out again. `settled: false` asks for another step after `retry_in_ms`.
 */
export const observeInput = z.object({
  lease_token: leaseToken,
  version: z.number().int().min(0).max(INT4_MAX),
  status: workspaceStatus,
  reason: keptText(2000).nullable(),
  container_id: lineText(128).nullable(),
  settled: z.boolean(),
  retry_in_ms: z.number().int().min(0).max(600_000).optional(),
  waits_for: roomWait.optional().meta({ description: 'Why no server took it, while it waits for room.' }),
});
export type ObserveInput = z.infer<typeof observeInput>;

/** Ignored unless the workspace is held for running in this container. */
export const hungInput = containerRun.extend({ silent_since: z.iso.datetime() });
export type HungInput = z.infer<typeof hungInput>;

/** What of these changed. One that is said of another container than that of the workspace’s last run is not taken. */
export const daemonsInput = z.object({
  items: z
    .array(
      z.object({
        workspace_id: workspaceId,
        container_id: lineText(128),
        update: daemonUpdate.nullable(),
      }),
    )
    .max(1000),
});
export type DaemonsInput = z.infer<typeof daemonsInput>;
export const daemonsResult = z.object({ taken: z.array(workspaceId) });

/** A part of the setup of a workspace that runs. Each try has a command id of its own. */
export const setupTask = z.object({
  workspace_id: workspaceId,
  lease_token: z.string(),
  lease_ttl_ms: z.number().int(),
  step: setupStep,
  command_id: commandId,
  git_url: z.string(),
  branch: z.string().nullable(),
});
export type SetupTask = z.infer<typeof setupTask>;
export const claimSetupsResult = z.object({ items: z.array(setupTask) });

/** `running`: it goes on, and is handed out again; `reason` says how far it is. `interrupted`: it was cut off, and is done again from the start. */
export const observeSetupInput = z.object({
  lease_token: leaseToken,
  status: z.enum([...setupStatus.options, 'interrupted']),
  reason: keptText(1000).nullable(),
  retry_in_ms: z.number().int().min(0).max(600_000).optional(),
});
export type ObserveSetupInput = z.infer<typeof observeSetupInput>;

export const environmentInput = z.object({ lease_token: leaseToken });

/** Variables of what starts in the workspace. `notice` tells its owner of secrets that could not be decrypted and are not in `env`. */
export const workspaceEnvironment = z.object({
  env: z.record(z.string(), z.string()),
  notice: z.string().nullable(),
});
export type WorkspaceEnvironment = z.infer<typeof workspaceEnvironment>;

/** `timeout_seconds`: what COMPUTE_WORKSPACE_TIMEOUT says; a setting of api goes before it. */
export const claimIdleInput = z.object({
  timeout_seconds: idleTimeoutSeconds,
  max: z.number().int().min(1).max(100),
});
export const claimIdleResult = z.object({ items: z.array(z.object({ workspace_id: workspaceId })) });

/** `in_use`: something runs in it for a person. Nothing is decided for one whose daemon did not say. */
export const observeIdleInput = z.object({ in_use: z.boolean() });

export const activeInput = z.object({ workspace_ids: z.array(workspaceId).max(1000) });

/** The container and the folder of a workspace that was taken off a server before it had run there. */
export const leftover = z.object({ storage_key: slotKey, workspace_id: workspaceId });
export type Leftover = z.infer<typeof leftover>;

/** A server as compute connects to it. `docker_socket` is set for the engine beside compute, the TLS paths for all others. */
export const serverRecord = server
  .pick({
    id: true,
    name: true,
    hostname: true,
    docker_port: true,
    tls_ca_path: true,
    tls_cert_path: true,
    tls_key_path: true,
    enrolled: true,
    total_cpu: true,
    total_memory_mb: true,
    total_disk_gb: true,
    usable_cpu: true,
    usable_memory_mb: true,
    usable_disk_gb: true,
    labels: true,
    region: true,
    status: true,
    workspaces: true,
    reserved_cpu: true,
    reserved_memory_mb: true,
    reserved_disk_gb: true,
  })
  .extend({
    docker_socket: z.string().nullable(),
    version: z.number().int(),
    engine_id: z
      .string()
      .nullable()
      .meta({ description: 'Of the engine that passed first; another one is not it. null: none has.' }),
    leftovers: z
      .array(leftover)
      .meta({ description: 'What first starts left there that go on elsewhere: it is to be removed.' }),
  });
export type ServerRecord = z.infer<typeof serverRecord>;

/** What admins have set for compute while it runs. null: what its variable says. */
export const fleetSettings = settingValues.pick({
  max_workspaces: true,
  placement_strategy: true,
  cpu_overcommit: true,
  memory_overcommit: true,
  disk_overcommit: true,
  disk_limits: true,
  max_processes_per_workspace: true,
  warm_pool_size: true,
});
export type FleetSettings = z.infer<typeof fleetSettings>;

export const serverSnapshotQuery = z.object({ worker_id: lineText(100).min(1).optional() });

export const serverSnapshot = z.object({
  now: z.iso.datetime().meta({ description: 'By the clock of the database, which all rows are dated by.' }),
  items: z.array(serverRecord),
  settings: fleetSettings,
  watched: z.array(serverId).meta({
    description:
      'Those that the asking compute watches over: whose daemons it asks, and whose containers it lists now and then.',
  }),
});
export type ServerSnapshot = z.infer<typeof serverSnapshot>;

export const serverNewsQuery = z.object({ wait_ms: z.coerce.number().int().min(0).max(30_000) });
export const serverNews = z.object({
  changed: z
    .boolean()
    .meta({ description: 'Servers were registered, changed or removed meanwhile, or settings were.' }),
});

export const localServerInput = z.object({
  name: nameText(63),
  docker_socket: lineText(4096),
  total_cpu: z.number().max(4096),
  total_memory_mb: z.number().int().max(INT4_MAX),
  total_disk_gb: z.number().max(INT4_MAX),
});
export const localServerResult = z.object({ server_id: serverId });

export const serverProgressInput = z.object({
  version: z.number().int().min(0).max(INT4_MAX),
  checks: z.array(serverCheck).max(CHECKS_MAX),
});
export type ServerProgressInput = z.infer<typeof serverProgressInput>;

/** Draining and maintenance are the operator’s and stay; compute moves between pending, ready, unreachable and unfit. */
export const observeServerInput = z.object({
  worker_id: lineText(100).min(1).default('compute'),
  version: z.number().int().min(0).max(INT4_MAX),
  status: serverStatus.extract(['ready', 'unreachable', 'unfit']),
  reason: keptText(2000).nullable(),
  checks: z.array(serverCheck).max(CHECKS_MAX),
  facts: serverFacts.nullable(),
});
export type ObserveServerInput = z.infer<typeof observeServerInput>;
export const observeServerResult = z.object({
  taken: z.boolean().meta({
    description:
      'It is what is shown of the server. Not, when another compute watches over it, and when one does not reach it and another does.',
  }),
});

/** Every Podex container on the server. What api holds for running and is not here was lost, and is started again. */
export const observeContainersInput = z.object({
  seen_at: z.iso.datetime(),
  containers: z
    .array(
      z.object({
        workspace_id: workspaceId,
        container_id: lineText(128),
        storage_key: slotKey.nullable().default(null).meta({ description: 'Of the folder that it has.' }),
        running: z.boolean(),
        paused: z.boolean().optional().meta({
          description: 'It is frozen, or was paused by hand: nothing in it goes on. Left out: not known yet.',
        }),
      }),
    )
    .max(100_000),
  slots: z
    .array(z.object({ storage_key: slotKey, running: z.boolean() }))
    .max(10_000)
    .default([])
    .meta({ description: 'Containers of the warm pool that do not say whose they are.' }),
});
export const observeContainersResult = z.object({
  claimed: z.array(z.object({ storage_key: slotKey, workspace_id: workspaceId })),
  unknown: z
    .array(slotKey)
    .meta({ description: 'Neither slots of the pool there, nor ever given to a workspace there.' }),
  foreign: z
    .array(lineText(128))
    .meta({ description: 'Containers of workspaces whose files are elsewhere by now: nobody is let in.' }),
});
export type ObserveContainersResult = z.infer<typeof observeContainersResult>;
