import { chmod, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  DAEMON_LINK_SOCKET_PATH,
  type DaemonBuild,
  WORKSPACE_NODE_FLAGS,
} from '@podex/contracts/internal/daemon';
import { TurnAttempts } from '../attempts/turn-attempts.ts';
import { checkpointsGatewayRoutes, finishRestores } from '../checkpoints/checkpoints-gateway-routes.ts';
import {
  COMMAND_JOURNAL_LIMITS,
  CommandJournal,
  type CommandJournalLimits,
} from '../commands/command-journal.ts';
import { PROCESS_LIMITS, type ProcessLimits } from '../commands/command-process.ts';
import { commandRoutes } from '../commands/command-routes.ts';
import { Commands } from '../commands/commands.ts';
import { ProcessStarter } from '../commands/process-starter.ts';
import { ReadOnlyCommands } from '../commands/read-only-commands.ts';
import { SpareShell } from '../commands/spare-shell.ts';
import type { DaemonConfig } from '../config.ts';
import { diskRoutes } from '../disk/disk-routes.ts';
import { ChangeJournal } from '../files-process/change-journal.ts';
import { filesGatewayRoutes } from '../files-process/files-gateway-routes.ts';
import {
  type FilesProcessOptions,
  FilesProcessSupervisor,
} from '../files-process/files-process-supervisor.ts';
import { KeyedChanges } from '../files-process/keyed-changes.ts';
import { gitActionRoutes } from '../git/git-actions.ts';
import { createRequestListener, type Route } from '../http/router.ts';
import { startUnixServer } from '../http/unix-server.ts';
import { SpaceReserve } from '../journal/space-reserve.ts';
import { startLinkServer } from '../link/link-server.ts';
import type { Logger } from '../logging/logger.ts';
import { ListeningPortsWatch } from '../ports/listening-ports.ts';
import { portRoutes } from '../ports/port-routes.ts';
import { SocketOwners } from '../ports/socket-owners.ts';
import { startAskServer } from '../questions/ask-server.ts';
import { questionRoutes } from '../questions/question-routes.ts';
import { Questions } from '../questions/questions.ts';
import { ConfinedLauncher } from '../spawning/confined-launcher.ts';
import { ForkServer } from '../spawning/fork-server.ts';
import { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';
import { Pipes } from '../spawning/pipes.ts';
import { HostKey } from '../ssh/host-key.ts';
import { SshConnections } from '../ssh/ssh-connections.ts';
import { isSshTarget, sshRoutes, sshUpgrade } from '../ssh/ssh-routes.ts';
import { terminalRoutes, terminalUpgrade } from '../terminals/terminal-routes.ts';
import { TERMINALS_LIMITS, Terminals, type TerminalsLimits } from '../terminals/terminals.ts';
import { proveInTime, readDaemonBuild } from '../upgrade/daemon-build.ts';
import { StagedCode } from '../upgrade/staged-code.ts';
import { upgradeRoutes } from '../upgrade/upgrade-routes.ts';
import { LoginPath } from '../user/login-path.ts';
import { Settings } from '../user/settings.ts';
import { settingsRoutes } from '../user/settings-routes.ts';
import { UserAccount } from '../user/user-account.ts';

export interface DaemonLimits {
  maxRunningCommands: number;
  process: ProcessLimits;
  commandJournal: CommandJournalLimits;
  terminals: TerminalsLimits;
  /** The files process ends when nobody has needed it for that long. */
  filesIdleMs: number;
  /** From a command that took the waiting shell to the next shell: a short one is over by then, and has had the processors for itself. */
  shellRefillAfterMs: number;
  /** How long a program waits for the platform’s answer to its question. */
  questionMs: number;
  /** From TERM and HUP to KILL when the daemon stops. */
  stopGraceMs: number;
}

export const DAEMON_LIMITS: DaemonLimits = {
  maxRunningCommands: 64,
  process: PROCESS_LIMITS,
  commandJournal: COMMAND_JOURNAL_LIMITS,
  terminals: TERMINALS_LIMITS,
  filesIdleMs: 300_000,
  shellRefillAfterMs: 20,
  questionMs: 45_000,
  stopGraceMs: 4_000,
};

export interface Daemon {
  /** Ends what runs for the user, records how, and lets go of everything. Takes a second more than `stopGraceMs` at most. */
  stop(): Promise<void>;
}

/** Puts the daemon together and listens. The workspace user and its home must be there. */
export async function startDaemon(
  config: DaemonConfig,
  logger: Logger,
  limits: DaemonLimits = DAEMON_LIMITS,
): Promise<Daemon> {
  const { statePath } = config;
  const runPath = path.dirname(config.socketPath);
  await mkdir(statePath, { recursive: true });
  // The engine makes the folder that is bound here, and lets everyone read it.
  await chmod(statePath, 0o700);
  const wasEmpty = (await readdir(statePath)).length === 0;
  const reserve = new SpaceReserve(path.join(statePath, 'reserve'));
  await reserve.fill();
  const settings = new Settings();
  const account = new UserAccount(config, settings);
  const inherited = new InheritedDescriptors();
  const commandJournal = await CommandJournal.open({
    statePath,
    reserve,
    limits: limits.commandJournal,
    logger,
  });
  const forkServer = new ForkServer({
    program: config.forkServerPath,
    isStarted: config.ownsSystem,
    inherited,
    logger,
  });
  const pipes = new Pipes({ folder: path.join(runPath, 'pipes'), owner: account.identity, forkServer });
  const confined = new ConfinedLauncher({
    forkServer: new ForkServer({ program: config.forkServerPath, isStarted: false, inherited, logger }),
    pipes,
    user: config.user,
    homePath: config.homePath,
  });
  const spare = new SpareShell({ account, pipes, forkServer, refillAfterMs: limits.shellRefillAfterMs });
  const loginPath = new LoginPath({ account, inherited, logger });
  const terminals = new Terminals({
    account,
    inherited,
    limits: limits.terminals,
    directory: path.join(statePath, 'terminals'),
    forkServer,
    logger,
  });
  const commands = new Commands({
    account,
    journal: commandJournal,
    starter: new ProcessStarter({
      account,
      loginPath,
      pipes,
      spare,
      forkServer,
      readOnly: new ReadOnlyCommands({ isRoot: config.isRoot, launcher: confined }),
      prepareTerminal: (command) => terminals.prepareCommand(command),
      scriptsFolder: path.join(runPath, 'scripts'),
    }),
    maxRunning: limits.maxRunningCommands,
    processLimits: limits.process,
    logger,
  });
  const hostKey = new HostKey({ statePath });
  const questions = new Questions(limits.questionMs);
  const onSignIn = (fingerprint: string) => {
    const signIn = { kind: 'ssh_signed_in', fingerprint } as const;
    // Nobody waits for it: without an answer the key shows an older use.
    questions.ask(signIn, new AbortController().signal).catch(() => undefined);
  };
  const ssh = new SshConnections({ account, pipes, forkServer, hostKey, loginPath, onSignIn, logger });
  const attempts = await TurnAttempts.open({ statePath, reserve, logger });
  const changeJournal = await ChangeJournal.open({ statePath, reserve, logger });
  const files = superviseFiles(config, {
    environment: account.bareEnvironment('/bin/sh'),
    socketPath: path.join(runPath, 'files.sock'),
    inherited,
    idleMs: limits.filesIdleMs,
    logger,
  });
  const staged = new StagedCode(config);
  const readBuild = () => readDaemonBuild(config, staged.nextVersion);
  const checkpoints = superviseFiles(config, {
    role: 'checkpoints',
    environment: account.bareEnvironment('/bin/sh'),
    socketPath: path.join(runPath, 'checkpoints.sock'),
    inherited,
    idleMs: limits.filesIdleMs,
    logger,
  });
  const routes: Route[] = [
    healthRoute(readBuild, { terminals, commands, ssh }),
    ...upgradeRoutes(staged, logger),
    ...settingsRoutes({
      settings,
      readBuild,
      hasNewStorage: wasEmpty,
      onChange() {
        files.warmUp();
      },
    }),
    ...filesGatewayRoutes({ files, changes: new KeyedChanges({ files, journal: changeJournal }) }),
    ...checkpointsGatewayRoutes(checkpoints),
    ...diskRoutes({ folder: statePath, isLimited: config.hasOwnDisk }),
    ...portRoutes(new ListeningPortsWatch(new SocketOwners())),
    ...commandRoutes(commands),
    ...gitActionRoutes(commands),
    ...terminalRoutes(terminals),
    ...questionRoutes({
      questions,
      isBusy: async () => commands.runningCount + questions.count > 0 || (await terminals.countBusy()) > 0,
    }),
    ...sshRoutes(hostKey),
  ];
  const [upgradeSsh, upgradeTerminal] = [sshUpgrade(ssh), terminalUpgrade(terminals)];
  const server = await startUnixServer({
    socketPath: config.socketPath,
    onRequest: createRequestListener(routes, logger, (request) => attempts.admit(request)),
    onUpgrade: async (request, socket, head) => {
      await attempts.admit(request);
      const upgrade = isSshTarget(request.url) ? upgradeSsh : upgradeTerminal;
      await upgrade(request, socket, head);
    },
  });
  const links = await startLinkServer({
    socketPath: path.join(runPath, path.basename(DAEMON_LINK_SOCKET_PATH)),
    daemonSocketPath: config.socketPath,
  });
  const asks = await startAskServer({
    folder: `${runPath}-git`,
    questions,
    user: config.isRoot ? config.user : undefined,
    helpers: {
      credential: [process.execPath, ...WORKSPACE_NODE_FLAGS, config.gitHelperPath],
      ssh: [process.execPath, ...WORKSPACE_NODE_FLAGS, besideHelper(config.gitHelperPath, 'git-ssh')],
    },
    logger,
  });
  await finishRestores(statePath, checkpoints);
  void spare.prepare();
  const { prove } = proveInTime(config);
  return {
    async stop() {
      prove();
      const graceMs = limits.stopGraceMs;
      spare.stop();
      // Together: requests that wait for a command get its end as their response.
      await Promise.all([
        server.close(graceMs + 500),
        terminals.stop(graceMs),
        commands.stop(graceMs),
        ssh.stop(),
      ]);
      await Promise.all([files.stop(), checkpoints.stop()]);
      links.close();
      asks.close();
      forkServer.stop();
      confined.stop();
      await Promise.all([commandJournal.close(), changeJournal.close(), attempts.close()]);
    },
  };
}

function superviseFiles(
  { entryPath, codePath, statePath, homePath, user }: DaemonConfig,
  options: Omit<FilesProcessOptions, 'entryPath' | 'commandLine'>,
): FilesProcessSupervisor {
  const identity = `${user.name}:${user.uid}:${user.gid}`;
  const folders = ['--state', statePath, '--home', homePath];
  const commandLine = ['--socket', options.socketPath, ...folders, '--user', identity];
  if (codePath !== undefined) commandLine.push('--code', codePath);
  return new FilesProcessSupervisor({ ...options, entryPath, commandLine });
}

interface HealthParts {
  terminals: Terminals;
  commands: Commands;
  ssh: SshConnections;
}

function healthRoute(readBuild: () => DaemonBuild, { terminals, commands, ssh }: HealthParts): Route {
  const startedAt = performance.now();
  return {
    method: 'GET',
    path: '/health',
    answer: async () => ({
      status: 200,
      body: {
        ok: true,
        ...readBuild(),
        uptime_seconds: Math.round((performance.now() - startedAt) / 1000),
        terminals: terminals.runningCount,
        running_commands: commands.runningCount,
        busy_terminals: (await terminals.countBusy()) + (await ssh.countBusy()),
      },
    }),
  };
}

/** Another program of the same folder and kind. */
function besideHelper(helperPath: string, name: string): string {
  return path.join(path.dirname(helperPath), `${name}${path.extname(helperPath)}`);
}
