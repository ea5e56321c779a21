import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type JoinedServer,
  joinedServer,
  type OpenJoinToken,
  openJoinToken,
} from '@podex/contracts/join-tokens';
import { CliError, EXIT, errorCode, toCliError } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import type { EngineRuntime } from '../engine/detect-engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import { prepareRunscRuntime } from '../engine/runsc-runtime.ts';
import { readServiceCommand, requireGuardedEngine, restartEngine } from './engine-service.ts';
import {
  describeChanges,
  type EngineSettings,
  localSocketOf,
  mergeEngineSettings,
  parseEngineSettings,
} from './engine-settings.ts';
import { type FileChange, FileChanges } from './file-changes.ts';
import { createKeyRequest, requireOwnCertificate } from './key-request.ts';
import { overrideText, type ServiceCommand } from './service-command.ts';
import { ownAddressOf, readEngineId, sizeOfMachine } from './this-machine.ts';

const SYSTEM_CONFIG_FILE = '/etc/docker/daemon.json';
const OVERRIDE_FILE = '/etc/systemd/system/docker.service.d/podex.conf';
const RUNSC_WRAPPER = '/usr/local/libexec/podex/runsc-wrap';
const PUBLIC_MODE = 0o644;
const PRIVATE_MODE = 0o600;

export interface JoinOptions {
  token: string;
  /** Where the engine listens; undefined: at the address that the token names. */
  listen: string | undefined;
  /** Undefined: that of the engine’s service, else the usual one. */
  configFile: string | undefined;
  certificatesFolder: string;
  /** Where workspaces keep their files. */
  storage: string;
  /** Writes and restarts nothing, and asks for no certificate. */
  isDryRun: boolean;
  /** Restarts nothing: somebody else does. */
  isFilesOnly: boolean;
}

interface JoinPlan {
  server: OpenJoinToken;
  address: string;
  configFile: string;
  configText: string;
  former: EngineSettings;
  settings: EngineSettings;
  service: ServiceCommand | undefined;
  certificates: { ca: string; cert: string; key: string };
}

/**
 * Makes this machine a workspace server: its engine takes compute’s connections, and nobody else’s. The private key is made here and
 * stays here. Everything is looked at before the token is used up, and put back as it was when the engine does not start.
 *
 * @throws CliError with what to do.
 */
export async function joinServer(
  ask: AskApi,
  options: JoinOptions,
  say: (line: string) => void,
): Promise<void> {
  const plan = await makePlan(ask, options, say);
  explain(plan, options, say);
  if (options.isDryRun) {
    say('Nothing was changed, and the token is still good');
    return;
  }
  const { key, csr } = await createKeyRequest(plan.server.name);
  const joined = await enrol(ask, options, plan, csr);
  requireOwnCertificate(key, joined, plan.server);
  const changes = new FileChanges();
  try {
    for (const file of filesOf(plan, key, joined)) {
      const backup = await changes.write(file);
      say(`Wrote ${file.path}${backup === undefined ? '' : `; what it was is in ${backup}`}`);
    }
    if (!options.isFilesOnly) await restart(plan, joined, say);
  } catch (error) {
    throw await undo(error, changes, options);
  }
  if (options.isFilesOnly) say(`Now restart the engine: dockerd --config-file ${plan.configFile}`);
  say(`${joined.name} has joined. Podex checks it now, and gives it workspaces once it has passed`);
  say(`Its certificate is good until ${joined.expires_at.slice(0, 10)}`);
}

/** Changes nothing. */
async function makePlan(ask: AskApi, options: JoinOptions, say: (line: string) => void): Promise<JoinPlan> {
  requireRoot(options);
  const server = await ask({
    method: 'POST',
    path: '/api/servers/join/look_up',
    body: { token: options.token },
    schema: openJoinToken,
  });
  const address = options.listen ?? (await ownAddressOf(server.hostname));
  const service = options.isFilesOnly ? undefined : await requireService();
  const configFile = options.configFile ?? service?.configFile ?? SYSTEM_CONFIG_FILE;
  const configText = await readIfThere(configFile);
  const former = parseEngineSettings(configFile, configText);
  const within = (name: string) => path.join(options.certificatesFolder, name);
  const certificates = {
    ca: within('ca.pem'),
    cert: within('server-cert.pem'),
    key: within('server-key.pem'),
  };
  const settings = mergeEngineSettings(former, {
    listen: { address, port: server.docker_port },
    movedHosts: service?.hosts ?? [],
    certificates,
    runsc: await runscToRegister(former, options, say),
  });
  return { server, address, configFile, configText, former, settings, service, certificates };
}

function requireRoot({ isDryRun, isFilesOnly }: JoinOptions): void {
  if (isDryRun || isFilesOnly || process.getuid?.() === 0) return;
  throw new CliError('Only root can change the settings of the docker engine', {
    cure: ['sudo podex servers join …', '--dry-run shows what would be done'],
    exitCode: EXIT.usage,
  });
}

async function requireService(): Promise<ServiceCommand> {
  const service = await readServiceCommand();
  if (service !== 'none') return service;
  throw new CliError('There is no Docker here: systemd knows no docker.service', {
    cure: ['apt-get install docker.io', 'or https://docs.docker.com/engine/install/'],
    exitCode: EXIT.configuration,
  });
}

/** The runtime is looked at, and its wrapper written, only when the engine does not know it. */
async function runscToRegister(
  former: EngineSettings,
  { isDryRun }: JoinOptions,
  say: (line: string) => void,
): Promise<EngineRuntime | undefined> {
  if (former.runtimes?.runsc !== undefined) return undefined;
  try {
    return isDryRun ? { path: RUNSC_WRAPPER, runtimeArgs: [] } : await prepareRunscRuntime(RUNSC_WRAPPER);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    say('gVisor (runsc) is not installed here: the server gets no workspaces before it is');
    say('  https://gvisor.dev/docs/user_guide/install/, then podex servers join once more');
    return undefined;
  }
}

function explain(plan: JoinPlan, { isFilesOnly }: JoinOptions, say: (line: string) => void): void {
  const { server, address, configFile, former, settings, service, certificates } = plan;
  say(`This machine joins as ${server.name}; its engine listens at ${address}:${server.docker_port}`);
  say(`Certificate: ${certificates.cert}, for a key that is made here and stays in ${certificates.key}`);
  say(`Settings of the engine, in ${configFile}:`);
  for (const change of describeChanges(former, settings)) say(`  ${change}`);
  if (service?.isChanged) say(`Its service is started as: ${service.command} (${OVERRIDE_FILE})`);
  if (!isFilesOnly) say('The engine is restarted');
}

async function enrol(
  ask: AskApi,
  options: JoinOptions,
  { server, former }: JoinPlan,
  csr: string,
): Promise<JoinedServer> {
  const { name, hostname, docker_port } = server;
  const size = await sizeOfMachine(options.storage);
  const engineId = await readEngineId(localSocketOf(former));
  const about = { ...size, ...(engineId === undefined ? {} : { engine_id: engineId }) };
  const body = { token: options.token, name, hostname, docker_port, csr, ...about };
  return ask({ method: 'POST', path: '/api/servers/join', body, schema: joinedServer });
}

function filesOf(plan: JoinPlan, key: string, joined: JoinedServer): FileChange[] {
  const { certificates, configFile, configText, former, settings, service } = plan;
  const isSame = describeChanges(former, settings).length === 0;
  const config = isSame ? configText : `${JSON.stringify(settings, null, 2)}\n`;
  return [
    { path: certificates.key, content: key, mode: PRIVATE_MODE },
    { path: certificates.cert, content: joined.certificate, mode: PUBLIC_MODE },
    { path: certificates.ca, content: joined.ca_certificate, mode: PUBLIC_MODE },
    { path: configFile, content: config, mode: PUBLIC_MODE, isBackedUp: true },
    ...(service?.isChanged
      ? [{ path: OVERRIDE_FILE, content: overrideText(service.command, configFile), mode: PUBLIC_MODE }]
      : []),
  ];
}

async function restart(plan: JoinPlan, joined: JoinedServer, say: (line: string) => void): Promise<void> {
  const { address, server } = plan;
  await restartEngine();
  await requireGuardedEngine({
    address,
    port: server.docker_port,
    hostname: server.hostname,
    ca: joined.ca_certificate,
  });
  say(`The engine runs, and takes nobody without a certificate of your Podex`);
}

/** What was done is taken back. The token is used up, but another of the same name and address does it again. */
async function undo(error: unknown, changes: FileChanges, { isFilesOnly }: JoinOptions): Promise<CliError> {
  const { message } = toCliError(error);
  await changes.undo();
  const again = 'put it right, and ask an admin for another token of the same name and address';
  try {
    if (!isFilesOnly) await restartEngine();
  } catch (second) {
    return new CliError(`${message}\nThe files are as they were, but the engine does not start`, {
      cure: ['systemctl status docker', again],
      cause: second,
    });
  }
  return new CliError(`${message}\nEverything is as it was before`, { cure: again, cause: error });
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}
