import { access, constants } from 'node:fs/promises';
import { connect } from 'node:net';
import type { CliConfig } from '../config.ts';
import { FREE_MEGABYTES_MIN, freeMegabytes } from '../machine/disk.ts';
import { findPortHolder, isPortFree } from '../machine/ports.ts';
import type { PlatformStatus } from '../platform/platform-status.ts';
import { hasModel } from '../platform/ready-text.ts';
import { listenAddress, SERVICE_NAMES } from '../platform/service-settings.ts';
import { type DoctorCheck, fail, ok, warn } from './doctor-check.ts';

const CONNECT_TIMEOUT_MS = 3_000;
const POSTGRES_PORT = 5432;

export function checkNode(): DoctorCheck {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24) return ok('node', `${process.version} at ${process.execPath}`);
  return fail('node', `this is Node ${process.version}, Podex needs 24`, [
    'start it as ./podex, which brings its own',
  ]);
}

export async function checkDisk({ home }: CliConfig): Promise<DoctorCheck> {
  const isThere = await access(home.directory, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isThere)
    return warn('home', `${home.directory} does not exist, or cannot be written`, ['podex up makes it']);
  const free = await freeMegabytes(home.directory);
  if (free >= FREE_MEGABYTES_MIN) return ok('home', `${home.directory}, ${free} MB free`);
  return fail('home', `only ${free} MB are free on the disk of ${home.directory}`, [
    `free at least ${FREE_MEGABYTES_MIN} MB: df -h ${home.directory}`,
  ]);
}

/** While Podex runs its own services have the ports, and their health says more. */
export async function checkPorts(config: CliConfig, { supervisor }: PlatformStatus): Promise<DoctorCheck> {
  if (supervisor) return ok('ports', Object.values(supervisor.ports).join(', '));
  const taken = await Promise.all(
    SERVICE_NAMES.map(async (service) => {
      const port = config.ports[service];
      if (await isPortFree(port, listenAddress(service, config.host))) return undefined;
      const holder = await findPortHolder(port);
      return `${port} (${service})${holder ? ` by pid ${holder.pid}: ${holder.command}` : ''}`;
    }),
  );
  const problems = taken.filter((problem) => problem !== undefined);
  if (problems.length === 0) return ok('ports', `${Object.values(config.ports).join(', ')} are free`);
  return fail('ports', `taken: ${problems.join(', ')}`, [
    'end what uses them, or choose others with PODEX_WEB_PORT, PODEX_API_PORT, PODEX_AGENT_PORT, PODEX_COMPUTE_PORT',
  ]);
}

export async function checkDatabase(config: CliConfig, status: PlatformStatus): Promise<DoctorCheck> {
  const url = config.operator.values.DATABASE_URL;
  if (url !== undefined) return checkExternalDatabase(url);
  if (status.isDatabaseRunning) return ok('database', 'the embedded PostgreSQL 16 runs');
  if (!status.supervisor) return ok('database', 'embedded PostgreSQL 16, started by podex up');
  return fail('database', 'the embedded PostgreSQL does not run', ['podex logs postgres']);
}

/** Whether anything listens there; what the database itself says is in the health of api. */
async function checkExternalDatabase(url: string): Promise<DoctorCheck> {
  const parsed = URL.parse(url);
  if (!parsed?.hostname)
    return fail('database', 'DATABASE_URL is not a URL', ['postgresql://user:password@host:5432/podex']);
  const address = { host: parsed.hostname, port: Number(parsed.port) || POSTGRES_PORT };
  const problem = await tryConnect(address);
  if (problem === undefined) return ok('database', `something listens at ${address.host}:${address.port}`);
  return fail('database', `nothing answers at ${address.host}:${address.port}: ${problem}`, [
    'is the server up, and does a firewall let this machine through?',
  ]);
}

function tryConnect(address: { host: string; port: number }): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const settle = (problem: string | undefined) => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => settle(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`));
    socket.once('connect', () => settle(undefined));
    socket.once('error', (error) => settle(error.message));
  });
}

export function checkServices({ supervisor, services }: PlatformStatus): DoctorCheck[] {
  if (!supervisor) return [warn('services', 'Podex does not run', ['podex up'])];
  return services.map(({ name, state, problem, restarts, port, user }) => {
    const as = user === undefined ? '' : `, as ${user}`;
    if (state === 'healthy' && restarts === 0) return ok(name, `healthy, port ${port}${as}`);
    if (state === 'healthy')
      return warn(name, `healthy, but was started again ${restarts} times${as}`, [`podex logs ${name}`]);
    return fail(name, problem ?? state, [`podex logs ${name}`]);
  });
}

export function checkModel({ operator }: CliConfig): DoctorCheck {
  if (hasModel(operator.values)) return ok('model', 'a provider is set up');
  return warn('model', 'no model is set up, so the agent cannot work', [
    'set OPENROUTER_API_KEY, ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENAI_BASE_URL, GOOGLE_API_KEY or OLLAMA_URL, for example in .env',
  ]);
}
