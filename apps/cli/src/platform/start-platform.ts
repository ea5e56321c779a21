import { CliError, EXIT } from '../cli-error.ts';
import { CHECKOUT, CLI_VARIABLES, type CliConfig } from '../config.ts';
import { FREE_MEGABYTES_FIRST_START, FREE_MEGABYTES_MIN, requireFreeDisk } from '../machine/disk.ts';
import { memoryMegabytes } from '../machine/memory.ts';
import { findFreePort, requireFreePorts } from '../machine/ports.ts';
import { ensurePage } from '../page/build-page.ts';
import { PostgresCluster } from '../postgres/postgres-cluster.ts';
import { inStep, type Progress } from '../progress/progress.ts';
import { openSecrets, readSecrets } from '../state/secrets.ts';
import type { ProcessUser } from '../supervisor/process-user.ts';
import { stopStaleProcesses } from '../supervisor/stale-processes.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { prepareEngine } from './engine-step.ts';
import { prepareImage } from './image-step.ts';
import { demoModelProcess, serviceProcess, VARIABLES_BY_SERVICE } from './processes.ts';
import { prepareServiceFolders } from './service-folders.ts';
import {
  listenAddress,
  type PlatformFacts,
  SERVICE_NAMES,
  type ServiceName,
  serviceSettings,
} from './service-settings.ts';
import { chooseServiceUsers, type ServiceUsers } from './service-users.ts';
import { findOverruled, findUnreadVariables } from './service-variables.ts';
import { stopSupervisor } from './stop-supervisor.ts';
import { poolNote } from './warm-pool.ts';

export interface StartOptions {
  config: CliConfig;
  /** Runs the scripted model in place of a real one. */
  demoModel: boolean;
  progress: Progress;
  /** Aborted: whatever has been started is stopped, and the start ends with the signal's reason. */
  signal: AbortSignal;
  /** Aborted: the same, at once. */
  force: AbortSignal;
  onEvent: (line: string) => void;
}

export interface StartedPlatform {
  supervisor: Supervisor;
  facts: PlatformFacts;
}

/**
 * Everything of `podex up` from the checks to healthy services. The caller holds the instance lock and has
 * opened the home. On failure nothing that was started here is left but the engine.
 */
export async function startPlatform(options: StartOptions): Promise<StartedPlatform> {
  const { config, progress } = options;
  requireReadVariables(config);
  const stale = await stopStaleProcesses(config.home);
  if (stale.length > 0) progress.note(`Stopped what an earlier start left running: ${stale.join(', ')}.`);
  await checkMachine(config);
  const secrets = await openSecrets(config.home.secretsFile);
  const engine = await prepareEngine(
    { podexHome: config.home.directory, dockerHost: config.dockerHost },
    { ...options, title: 'Docker engine' },
  );
  const workspaceImage = await prepareImage(config, engine.socketPath, options);
  await preparePage(options);
  const users = await chooseServiceUsers(config, { engineSocket: engine.socketPath, progress });
  const cluster = config.operator.values.DATABASE_URL ? undefined : await PostgresCluster.open(config.home);
  const supervisor = new Supervisor({ home: config.home, onEvent: options.onEvent });
  try {
    const databaseUrl = cluster && (await startPostgres(supervisor, cluster, options));
    const demoModelUrl = options.demoModel
      ? await startDemoModel(supervisor, options, users['demo-model'])
      : undefined;
    const facts: PlatformFacts = {
      home: config.home,
      host: config.host,
      ports: config.ports,
      secrets,
      databaseUrl,
      engineSocket: engine.socketPath,
      workspaceImage,
      memoryMb: memoryMegabytes(),
      demoModelUrl,
      operator: config.operator.values,
    };
    noteOverruled(config, facts, progress);
    const note = poolNote(facts.operator, facts.memoryMb);
    if (note !== undefined) progress.note(note);
    await startServices(supervisor, facts, { ...options, users });
    return { supervisor, facts };
  } catch (error) {
    await stopSupervisor(supervisor, options);
    throw error;
  }
}

async function checkMachine({ home, ports, host }: CliConfig): Promise<void> {
  const hasRun = (await readSecrets(home.secretsFile)) !== undefined;
  await requireFreeDisk(home.directory, hasRun ? FREE_MEGABYTES_MIN : FREE_MEGABYTES_FIRST_START);
  await requireFreePorts(
    SERVICE_NAMES.map((service) => ({
      service,
      port: ports[service],
      host: listenAddress(service, host),
      variable: `PODEX_${service.toUpperCase()}_PORT`,
    })),
  );
}

function preparePage({ progress, signal }: StartOptions): Promise<unknown> {
  return inStep(
    progress,
    'Page',
    (step) =>
      ensurePage({ root: CHECKOUT, node: process.execPath, signal, onProgress: (line) => step.update(line) }),
    ({ isFresh }) => (isFresh ? 'built' : undefined),
  );
}

/** Not given up at the first request to stop: a database that is left half started is nobody's to stop. */
async function startPostgres(
  supervisor: Supervisor,
  cluster: PostgresCluster,
  { progress, signal, force }: StartOptions,
): Promise<string> {
  const { url } = await inStep(
    progress,
    'Database',
    (step) =>
      supervisor.startPostgres(cluster, { onProgress: (detail) => step.update(detail), signal: force }),
    ({ port, wasRunning }) => `PostgreSQL on port ${port}${wasRunning ? ', ran already' : ''}`,
  );
  signal.throwIfAborted();
  return url;
}

async function startDemoModel(
  supervisor: Supervisor,
  { config, progress, signal }: StartOptions,
  user: ProcessUser | undefined,
): Promise<string> {
  const port = await findFreePort();
  const definition = demoModelProcess(config.home, port, { operator: config.operator.values, user });
  await inStep(progress, 'Scripted demo model', async (step) => {
    await supervisor.launch(definition);
    await supervisor.waitFor(definition, { until: 'answers', step, signal });
  });
  return `http://127.0.0.1:${port}/v1`;
}

/** api first: the others ask it for what they need. It may call itself unwell until they are there. */
async function startServices(
  supervisor: Supervisor,
  facts: PlatformFacts,
  { progress, signal, users }: StartOptions & { users: ServiceUsers },
): Promise<void> {
  await prepareServiceFolders(facts.home, users);
  await inStep(progress, 'Services', async (step) => {
    const launch = async (name: ServiceName) => {
      const definition = serviceProcess(name, facts, users[name]);
      await supervisor.launch(definition);
      return definition;
    };
    const api = await launch('api');
    await supervisor.waitFor(api, { until: 'answers', step, signal });
    const others = [await launch('compute'), await launch('agent'), await launch('web')];
    for (const definition of [...others, api]) {
      await supervisor.waitFor(definition, { until: 'healthy', step, signal });
    }
  });
  supervisor.markStarted();
}

/** @throws CliError that names every variable that nobody reads. */
function requireReadVariables({ operator }: CliConfig): void {
  const unread = findUnreadVariables(operator, [CLI_VARIABLES, ...Object.values(VARIABLES_BY_SERVICE)]);
  if (unread.length === 0) return;
  throw new CliError(
    unread
      .map(
        ({ name, file }) => `${name}${file === undefined ? '' : ` in ${file}`} is read by no part of Podex`,
      )
      .join('\n'),
    {
      cure: 'is it misspelt? podex doctor lists every variable and who reads it',
      exitCode: EXIT.configuration,
    },
  );
}

function noteOverruled({ operator }: CliConfig, facts: PlatformFacts, progress: Progress): void {
  const names = findOverruled(operator, Object.values(serviceSettings(facts)));
  if (names.length === 0) return;
  progress.note(`Set in a file, but decided by podex up on one machine: ${names.join(', ')}.`);
}
