import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { prepareRunscRuntime } from '../../apps/cli/src/engine/runsc-runtime.ts';
import { requestEngineDone } from '../../workspace/image/engine-api.ts';
import type { ServerCertificates } from './certificates.ts';
import { cgroupParent, type HostNetwork, NETWORK_MTU } from './network.ts';
import { runCommand } from './run-command.ts';
import type { TestServerOptions } from './server-options.ts';

/** The port on which an engine takes mutual TLS. */
export const ENGINE_PORT = 2376;

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;

/** Files of one host's engine. `exec` is like /run: gone after a power loss. */
export interface EngineFiles {
  directory: string;
  data: string;
  /** Where the engine keeps its id. */
  settings: string;
  exec: string;
  socket: string;
  pidFile: string;
  configFile: string;
  logFile: string;
}

export function engineFiles(hostDirectory: string): EngineFiles {
  const within = (name: string) => path.join(hostDirectory, name);
  return {
    directory: hostDirectory,
    data: within('data'),
    settings: within('etc'),
    exec: within('exec'),
    socket: within('docker.sock'),
    pidFile: within('docker.pid'),
    configFile: within('daemon.json'),
    logFile: within('dockerd.log'),
  };
}

export interface EngineSettings {
  index: number;
  network: HostNetwork;
  certificates: ServerCertificates;
  runtimes: NonNullable<TestServerOptions['runtimes']>;
  liveRestore: boolean;
}

/** Writes the engine's configuration as a real workspace server has it, with names and networks of the host's own. */
export async function configureEngine(files: EngineFiles, settings: EngineSettings): Promise<void> {
  const { index, network, certificates, liveRestore } = settings;
  const configuration = {
    'data-root': files.data,
    'exec-root': files.exec,
    pidfile: files.pidFile,
    hosts: [`unix://${files.socket}`, `tcp://${network.address}:${ENGINE_PORT}`],
    tlsverify: true,
    tlscacert: certificates.server.ca,
    tlscert: certificates.server.cert,
    tlskey: certificates.server.key,
    'storage-driver': 'overlay2',
    'cgroup-parent': cgroupParent(network),
    'live-restore': liveRestore,
    'userland-proxy': false,
    mtu: NETWORK_MTU,
    bip: `172.${20 + index}.0.1/24`,
    'default-address-pools': [{ base: `10.${200 + index}.0.0/16`, size: 24 }],
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '10m', 'max-file': '2' },
    runtimes: await chooseRuntimes(files, settings.runtimes),
  };
  await mkdir(files.data, { recursive: true, mode: 0o711 });
  await writeFile(files.configFile, JSON.stringify(configuration, null, 2));
}

async function chooseRuntimes(files: EngineFiles, runtimes: EngineSettings['runtimes']) {
  switch (runtimes) {
    case 'runc-only':
      return {};
    case 'runsc-is-runc':
      return { runsc: { path: '/usr/sbin/runc' } };
    case 'runsc':
      return { runsc: await prepareRunscRuntime(path.join(files.directory, 'runsc-wrap')) };
  }
}

/** The start of a command that runs inside a host. */
export function enterHost(initPid: number): string[] {
  return ['-t', String(initPid), '--mount', '--pid', '--uts', '--ipc', '--net'];
}

/** Starts dockerd in the host and waits until it answers. */
export async function startHostEngine(files: EngineFiles, initPid: number): Promise<void> {
  await rm(files.pidFile, { force: true });
  await rm(files.socket, { force: true });
  await using log = await open(files.logFile, 'a');
  const engine = spawn('nsenter', [...enterHost(initPid), 'dockerd', '--config-file', files.configFile], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  engine.unref();
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await answers(files))) {
    if (engine.exitCode !== null || performance.now() > deadline) {
      const lastLines = (await readFile(files.logFile, 'utf8')).trimEnd().split('\n').slice(-8);
      throw new Error(`the engine of a test host did not start:\n${lastLines.join('\n')}`);
    }
    await delay(50);
  }
}

/** Ends the engine with a signal and waits until it is gone. One that does not run is fine. */
export async function endHostEngine(
  files: EngineFiles,
  initPid: number,
  signal: 'TERM' | 'KILL',
): Promise<void> {
  // The pid in the file counts inside the host.
  const pid = (await readFile(files.pidFile, 'utf8').catch(() => '')).trim();
  if (pid === '') return;
  const kill = (name: string) => runCommand('nsenter', [...enterHost(initPid), 'kill', `-${name}`, pid]);
  const isGone = () =>
    kill('0').then(
      () => false,
      () => true,
    );
  if (await isGone()) return;
  await kill(signal);
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (!(await isGone())) {
    if (performance.now() > deadline)
      throw new Error(`the engine of a test host does not end (${files.directory})`);
    await delay(30);
  }
}

async function answers({ socket }: EngineFiles): Promise<boolean> {
  return requestEngineDone({ socketPath: socket }, { method: 'GET', path: '/_ping', timeoutMs: 1000 }).then(
    () => true,
    () => false,
  );
}
