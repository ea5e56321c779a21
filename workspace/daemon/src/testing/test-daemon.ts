import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DaemonSettings } from '@podex/contracts/internal/daemon';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { hostArchitecture } from '../../build/bundle.ts';
import { forkServerProgram } from '../../build/machine-code/fork-server-program.ts';
import { DAEMON_LIMITS, type DaemonLimits, startDaemon } from '../app/app.ts';
import { type DaemonConfig, loadConfig, type WorkspaceUser } from '../config.ts';
import { createLogger } from '../logging/logger.ts';
import { UnixClient } from './unix-client.ts';

export const ENTRY_PATH = path.resolve(import.meta.dirname, '../main.ts');
const GIT_HELPER_PATH = path.resolve(import.meta.dirname, '../questions/git-credential.ts');
export const isRoot = process.getuid?.() === 0;

/** A user without a name and without rights; when the tests do not run as root, the current user. */
function testUser(): WorkspaceUser {
  if (isRoot) return { name: 'tester', uid: 54_321, gid: 54_321 };
  const { username, uid, gid } = userInfo();
  return { name: username, uid, gid };
}

/** The folders of one workspace, removed when disposed. */
export class TestFolders implements AsyncDisposable {
  readonly root: string;
  readonly user = testUser();

  private constructor(root: string) {
    this.root = root;
  }

  static async create(): Promise<TestFolders> {
    const folders = new TestFolders(temporaryFolder('daemon'));
    await chmod(folders.root, 0o755);
    await mkdir(folders.homePath);
    await writeFile(folders.forkServerPath, forkServerProgram(hostArchitecture()), { mode: 0o755 });
    await mkdir(folders.statePath, { mode: 0o700 });
    if (isRoot) await chown(folders.homePath, folders.user.uid, folders.user.gid);
    return folders;
  }

  get homePath(): string {
    return path.join(this.root, 'home');
  }

  get statePath(): string {
    return path.join(this.root, 'state');
  }

  get socketPath(): string {
    return path.join(this.root, 'run', 'daemon.sock');
  }

  get upgradesPath(): string {
    return path.join(this.root, 'upgrades');
  }

  get forkServerPath(): string {
    return path.join(this.root, 'fork-server');
  }

  /** Options of the daemon’s command line. */
  get commandLine(): string[] {
    const { name, uid, gid } = this.user;
    const folders = ['--socket', this.socketPath, '--state', this.statePath, '--home', this.homePath];
    const programs = ['--fork-server', this.forkServerPath, '--git-helper', GIT_HELPER_PATH];
    programs.push('--upgrades', this.upgradesPath);
    return [...folders, '--user', `${name}:${uid}:${gid}`, ...programs];
  }

  config(): DaemonConfig {
    return loadConfig([process.execPath, ENTRY_PATH, ...this.commandLine]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

export interface RunningTestDaemon extends AsyncDisposable {
  client: UnixClient;
  folders: TestFolders;
}

const SETTINGS: DaemonSettings = { workspace_id: 'ws_test', name: 'test', env: {} };

/** As compute does after each start. */
async function giveSettings(client: UnixClient): Promise<void> {
  const { status } = await client.send('PUT', '/settings', { json: SETTINGS });
  if (status !== 200) throw new Error(`the daemon refused its settings with ${status}`);
}

/** The daemon in this process, with limits of the test’s choice; with `isTold: false` before anybody told it its settings. */
export async function startTestDaemon({
  isTold = true,
  ...limits
}: Partial<DaemonLimits> & { isTold?: boolean } = {}): Promise<RunningTestDaemon> {
  const folders = await TestFolders.create();
  const logger = createLogger('daemon', { write: () => undefined });
  const daemon = await startDaemon(folders.config(), logger, {
    ...DAEMON_LIMITS,
    stopGraceMs: 500,
    ...limits,
  });
  const client = new UnixClient(folders.socketPath);
  if (isTold) await giveSettings(client);
  return {
    folders,
    client,
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      await folders[Symbol.asyncDispose]();
    },
  };
}

/** The daemon as a process of its own, which can be killed and started again over the same folders. */
export class DaemonProcess implements AsyncDisposable {
  readonly folders: TestFolders;
  readonly client: UnixClient;
  #child: ChildProcess | undefined;

  private constructor(folders: TestFolders) {
    this.folders = folders;
    this.client = new UnixClient(folders.socketPath);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  static async create(): Promise<DaemonProcess> {
    return new DaemonProcess(await TestFolders.create());
  }

  static async start(): Promise<DaemonProcess> {
    const daemon = await DaemonProcess.create();
    await daemon.start();
    return daemon;
  }

  async start(
    command: readonly string[] = [process.execPath, ENTRY_PATH],
    { stdout = 'ignore' }: { stdout?: 'ignore' | number } = {},
  ): Promise<void> {
    const [file = '', ...args] = [...command, ...this.folders.commandLine];
    this.#child = spawn(file, args, { stdio: ['ignore', stdout, 'inherit'] });
    for (let tries = 0; tries < 500; tries += 1) {
      const isUp = await this.client.send('GET', '/health').then(
        ({ status }) => status === 200,
        () => false,
      );
      if (isUp) return giveSettings(this.client);
      await pause(20);
    }
    throw new Error('the daemon did not start');
  }

  /** For one that does not come up. Returns the exit code. */
  async runToEnd(command: readonly string[]): Promise<number | null> {
    const [file = '', ...args] = [...command, ...this.folders.commandLine];
    const [code] = await once(spawn(file, args, { stdio: 'ignore' }), 'exit');
    return code;
  }

  /** Sends the signal and waits for the end. Returns the exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const exited = once(child, 'exit');
    child.kill(signal);
    const [code] = await exited;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM');
    await this.folders[Symbol.asyncDispose]();
  }
}

/** Asks again until the response is the wanted one. */
export async function until(question: () => Promise<boolean> | boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await question())) {
    if (performance.now() > deadline) throw new Error('it did not happen in time');
    await pause(10);
  }
}
