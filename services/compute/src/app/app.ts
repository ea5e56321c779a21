import { hostname } from 'node:os';
import { type ServerId, serverId, type WorkspaceId } from '@podex/contracts/ids';
import type { DiskLimits } from '@podex/contracts/settings';
import { type BuildRuntimeOptions, buildRuntime, type Runtime } from '@podex/daemon/bundle';
import { Background } from '@podex/service-kit/background';
import { createCapabilityCheck } from '@podex/service-kit/capability';
import { createHealthReporter } from '@podex/service-kit/health';
import { requestIdOf, useHttpBasics } from '@podex/service-kit/http-app';
import { startHttpServer } from '@podex/service-kit/http-server';
import type { Logger } from '@podex/service-kit/logger';
import type { RunningService } from '@podex/service-kit/run-service';
import { addServiceRoutes } from '@podex/service-kit/service-routes';
import packageFile from '../../package.json' with { type: 'json' };
import { createApiClient } from '../api/api-client.ts';
import { DatabaseClock } from '../api/database-clock.ts';
import { addAuthorityRoutes } from '../authority/authority-routes.ts';
import { CertificateAuthority } from '../authority/certificate-authority.ts';
import type { ComputeConfig } from '../config.ts';
import { ContainerIndex } from '../containers/container-index.ts';
import { DaemonWatch, type DaemonWatchTimes } from '../containers/daemon-watch.ts';
import { endIfHung } from '../containers/out-of-memory.ts';
import { openEngine } from '../docker/engine.ts';
import { NetworkPolicies } from '../egress/network-policies.ts';
import { createResolveHosts } from '../egress/resolve-hosts.ts';
import { ImagePulls } from '../engine-jobs/image-pulls.ts';
import { Freezers } from '../freezing/freezers.ts';
import { Activity } from '../gateway/activity.ts';
import { Gateway } from '../gateway/gateway.ts';
import { addGatewayRoutes } from '../gateway/gateway-routes.ts';
import { createComputeApp } from '../http/compute-app.ts';
import { LinkPool } from '../links/link-pool.ts';
import { Mover } from '../moving/move.ts';
import { MoveWorker } from '../moving/move-worker.ts';
import { placementServer } from '../placement/placement-server.ts';
import { Placer } from '../placement/placer.ts';
import { Versions } from '../pool/current-versions.ts';
import { PoolKeeper } from '../pool/keeper.ts';
import { SlotLinks } from '../pool/slot-links.ts';
import { Slots } from '../pool/slots.ts';
import { QuestionWatch } from '../questions/question-watch.ts';
import { DaemonUpdates, type DaemonUpdateTimes } from '../runtime/daemon-updates.ts';
import { RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import { expiriesOf } from '../servers/certificate-watch.ts';
import { localServerRegistration } from '../servers/local-server.ts';
import { openBridge } from '../servers/open-bridge.ts';
import { runPreflight } from '../servers/preflight.ts';
import type { OpenEngine } from '../servers/server-connection.ts';
import { ServerRegistry } from '../servers/server-registry.ts';
import { addServerRoutes } from '../servers/server-routes.ts';
import { SetupWorker } from '../setup/setup-worker.ts';
import { Disks } from '../storage/disks.ts';
import { adoptContainer } from '../workspaces/adopt-container.ts';
import { ContainerSteps } from '../workspaces/container-steps.ts';
import { IdleWatch, isBusy } from '../workspaces/idle-watch.ts';
import { Leftovers } from '../workspaces/leftovers.ts';
import { Quiet } from '../workspaces/quiet.ts';
import { Reconciler } from '../workspaces/reconciler.ts';
import { WorkspaceWorker } from '../workspaces/workspace-worker.ts';
import { withServers } from './health.ts';
import { createComputeMetrics } from './metrics.ts';
import { releaseLeases } from './release-leases.ts';
import { takeWorkerName } from './worker-name.ts';

const SERVICE = 'compute';
/** Requests may finish for so long; what is longer by nature (terminals, streams) is cut and resumes elsewhere. */
const CLOSE_GRACE_MS = 3_000;
const SWEEP_LINKS_EVERY_MS = 30_000;
const RENEW_CERTIFICATE_EVERY_MS = 60 * 60_000;
/** For a volume to be filled before anybody waits for it. */
const WARM_UP_TIMEOUT_MS = 300_000;

export interface StartOptions {
  /** Builds Node, daemon and bridge. */
  build?: (options: BuildRuntimeOptions) => Promise<Runtime>;
  daemonWatchTimes?: DaemonWatchTimes;
  idleEveryMs?: number;
  /** Between two looks at what host names in network policies are. */
  resolveEveryMs?: number;
  daemonUpdateTimes?: DaemonUpdateTimes;
}

/** Puts the service together and starts it. */
export async function startCompute(
  config: ComputeConfig,
  logger: Logger,
  {
    build = buildRuntime,
    daemonWatchTimes,
    idleEveryMs,
    resolveEveryMs,
    daemonUpdateTimes,
  }: StartOptions = {},
): Promise<RunningService> {
  const background = new Background(logger);
  const name = await takeWorkerName({ host: hostname(), stateDirectory: config.runtimeDirectory });
  const api = createApiClient({ ...config.api, workerId: name.workerId });
  const settings = config.containers;
  const index = new ContainerIndex();
  const metrics = createComputeMetrics({
    serversByStatus: () => countBy(servers.list().map(({ health }) => health.status)),
    heldBackServers: () => servers.list().map(({ record, calls }) => ({ server: record.name, state: calls })),
    certificateExpiries: () => servers.list().flatMap(expiriesOf),
    runningContainers: () => index.count('running'),
    openLinks: () => links.size,
    slotsByStatus: () => pool.counts,
    daemons: () => updates.count(),
  });
  const openEngineOf: OpenEngine = async (identity, breaker) =>
    freezers.guard(await openEngine(identity, { observe: metrics.observeEngineCall, breaker }));
  const images = new ImagePulls();
  const runtimes = new RuntimeVolumes({
    build: (architecture) =>
      build({
        outDirectory: config.runtimeDirectory,
        architecture,
        onWarning(reason) {
          logger.warn({ reason }, 'runtime.not_compiled');
        },
      }),
    settings,
    logger,
  });
  const policies: NetworkPolicies = new NetworkPolicies({
    api,
    settings,
    resolveHosts: createResolveHosts(runtimes, settings),
    onRefused: (id) => servers.find(id)?.recheck(),
    engineOf: async (id) => (await servers.get(id)).engine(),
    background,
    logger,
    ...(resolveEveryMs === undefined ? {} : { resolveEveryMs }),
  });
  const databaseClock = new DatabaseClock();
  const limits = (): DiskLimits => servers.settings.disk_limits;
  const disks = new Disks({ settings, limits, logger });
  const links: LinkPool = new LinkPool({ openBridge: (place) => openBridge(servers, place), logger });
  const freezers = new Freezers({ settings, links, logger });
  const servers = new ServerRegistry({
    openEngine: openEngineOf,
    preflight: (server, signal) =>
      runPreflight(
        {
          ...{ ...server, settings, images, runtimes, policies, disks, limits: limits() },
          checkFreezer: (id, wait) => freezers.check(id, wait),
        },
        signal,
      ),
    api,
    databaseClock,
    index,
    onContainerEnd: (containerId) => links.closeContainer(containerId),
    onOutOfMemory: (engine, containerId) => {
      metrics.countOutOfMemory(engine.identity.serverName);
      background.run(`out of memory ${containerId}`, () => endIfHung(engine, containerId, { links, logger }));
    },
    onClaimed: (serverId, containerId, id) => adopt(serverId, containerId, id),
    knowsPaused: (id) => freezers.isKnown(id),
    onReady: (engine) =>
      background.run(`runtime ${engine.identity.serverName}`, async (signal) => {
        // What is frozen is known by now.
        await servers.find(serverId.parse(engine.identity.serverId))?.refreshContainers();
        await runtimes.ensure(engine, { signal, timeoutMs: WARM_UP_TIMEOUT_MS });
      }),
    background,
    logger,
    registerLocal: localRegistration(config, api, openEngineOf),
  });
  const knownServers = () => {
    const known = { settings: servers.settings, hasImage: images.isThere.bind(images) };
    return servers.list().map((server) => placementServer(server, known));
  };
  const placer = new Placer({
    api,
    servers: knownServers,
    settings: () => servers.settings,
    refresh: () => servers.refresh(),
    snapshotAtMs: () => servers.snapshotAtMs,
    architectureOf: (image) => images.architectureOf(image),
    maxWorkspaces: config.maxWorkspaces,
  });
  const steps = new ContainerSteps({
    settings,
    images,
    runtimes,
    disks,
    maxProcesses: () => servers.settings.max_processes_per_workspace,
    doubtWall: (serverId) => servers.find(serverId)?.recheck(),
  });
  const adopt = (serverId: ServerId, containerId: string, id: WorkspaceId) =>
    background.run(`adopt ${id}`, async (signal) => {
      const engine = await (await servers.get(serverId)).engine();
      await adoptContainer(engine, { containerId, workspaceId: id, runtime: settings.runtime }, signal);
    });
  const quiet = new Quiet();
  const updates: DaemonUpdates = new DaemonUpdates({
    runtimes,
    index,
    links,
    engineOf: async (id) => (await servers.get(id)).engine(),
    isWatched: (id) => servers.isWatched(id),
    api,
    untilQuiet: (signal) => quiet.until(signal),
    logger,
    ...(daemonUpdateTimes === undefined ? {} : { times: daemonUpdateTimes }),
  });
  const reconciler = new Reconciler({
    api,
    servers,
    placer,
    steps,
    links,
    freezers,
    index,
    policies,
    updates,
    settings,
    onTaken: (task, serverId, containerId) => adopt(serverId, containerId, task.id),
    logger,
  });
  const worker = new WorkspaceWorker({
    api,
    reconcile: (task, signal) => quiet.during(() => reconciler.reconcile(task, signal)),
    onOutcome: (task, outcome, durationMs) => {
      metrics.observeOutcome(task.desired_status, outcome.status, durationMs);
      if (task.is_first_start && outcome.status === 'running')
        metrics.countStart(task.started_from ?? 'cold');
    },
    background,
    logger,
  });
  const leftovers = new Leftovers({ api, servers, steps, links, background, logger });
  const refreshIndex = () => servers.refreshContainers();
  const questions = new QuestionWatch({ api, index, links, background, logger });
  const onUse = (id: WorkspaceId) => questions.serve(id);
  const setups = new SetupWorker({ api, index, refreshIndex, links, onUse, background, logger });
  const activity = new Activity((ids) => api.reportActive(ids));
  const isReachable = (id: ServerId) => servers.find(id)?.isReachable !== false;
  const mover = new Mover({
    api,
    isReachable,
    diskFreeGb: (id) => servers.find(id)?.health.facts?.disk_free_gb,
    engineOf: async (id) => (await servers.get(id)).engine(),
    servers: knownServers,
    strategy: () => servers.settings.placement_strategy,
    architectureOf: (image) => images.architectureOf(image),
    runtimes,
    disks,
    settings,
    logger,
  });
  const moves = new MoveWorker({ api, mover, background, logger });
  const daemons = new DaemonWatch({
    index,
    links,
    engineOf: async (id) => (await servers.get(id)).engine(),
    isReachable,
    isWatched: (id) => servers.isWatched(id),
    api,
    databaseClock,
    onHealth: (place, health) => {
      updates.note(place, health);
      if (!isBusy(health)) return;
      activity.note(place.workspaceId);
      questions.serve(place.workspaceId);
    },
    logger,
    ...(daemonWatchTimes === undefined ? {} : { times: daemonWatchTimes }),
  });
  const kind = { image: settings.defaultImage, size: 'small' } as const;
  const pool = new PoolKeeper({
    api,
    servers,
    index,
    slots: new Slots({ steps, links, settings }),
    links: new SlotLinks({ links, freezers, background, isReachable }),
    versions: new Versions({ servers, runtimes, image: kind.image, background }),
    kind,
    size: config.poolSize,
    untilQuiet: (signal) => quiet.until(signal),
    background,
    logger,
  });
  const idle = new IdleWatch({
    api,
    index,
    links,
    activity,
    timeoutSeconds: config.workspaceTimeoutSeconds,
    background,
    logger,
    ...(idleEveryMs === undefined ? {} : { everyMs: idleEveryMs }),
  });
  const gateway = new Gateway({
    index,
    refreshIndex,
    links,
    activity,
    updates,
    onUse,
    checkCapability: createCapabilityCheck(config.internalKeys, () => databaseClock.heard()),
  });
  const authority = new CertificateAuthority({ ...config.certificates, logger });
  const health = withServers(
    createHealthReporter({
      service: SERVICE,
      version: packageFile.version,
      dependencies: { api: (signal) => api.check(signal) },
    }),
    servers,
  );

  const app = createComputeApp();
  useHttpBasics(app, logger);
  addServiceRoutes(app, {
    health,
    metrics: metrics.registry,
    metricsToken: config.metricsToken,
    internalKeys: config.internalKeys,
  });
  addServerRoutes(app, servers, config.internalKeys);
  addAuthorityRoutes(app, authority, config.internalKeys);
  addGatewayRoutes(app, gateway);
  const server = await startHttpServer({
    fetch: app.fetch,
    port: config.port,
    host: config.host,
    async onUpgrade(request, socket, head) {
      const given = request.headers['x-request-id'];
      await gateway.forwardUpgrade(
        requestIdOf(typeof given === 'string' ? given : null),
        request,
        socket,
        head,
      );
    },
  });
  background.run('release leases of predecessors', (signal) => releaseLeases(api, name, signal));
  servers.start();
  worker.start();
  leftovers.start();
  setups.start();
  moves.start();
  pool.start();
  daemons.start(background);
  updates.start(background);
  activity.start(background);
  idle.start();
  policies.start();
  background.every('client-certificate', RENEW_CERTIFICATE_EVERY_MS, () => authority.renew());
  background.every('links', SWEEP_LINKS_EVERY_MS, async () => links.sweep());
  return {
    logger,
    port: server.port,
    async stop() {
      health.startStopping();
      await Promise.all([background.stop(), server.close(CLOSE_GRACE_MS)]);
      // A few seconds of lost activity must not delay the stop.
      await activity.flush().catch((error: unknown) => logger.warn({ err: error }, 'activity.lost'));
      await pool.leave();
      links.close();
      disks.close();
      freezers.close();
      servers.stop();
      name.release();
    },
  };
}

function localRegistration(
  config: ComputeConfig,
  api: ReturnType<typeof createApiClient>,
  openEngineOf: OpenEngine,
) {
  const socket = config.localDockerSocket;
  if (socket === undefined) return undefined;
  return localServerRegistration({
    socket,
    storage: config.containers.storage,
    api,
    openEngine: openEngineOf,
  });
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
