import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { DAEMON_LINK_SOCKET_PATH } from '@podex/contracts/internal/daemon';
import {
  COMMAND_JOURNAL_LIMITS,
  CommandJournal,
  type CommandJournalLimits,
} from '../commands/command-journal.ts';
import { PROCESS_LIMITS, type ProcessLimits } from '../commands/command-process.ts';
import { commandRoutes } from '../commands/command-routes.ts';
import { Commands } from '../commands/commands.ts';
import { OutputPipes } from '../commands/output-pipe.ts';
import { ProcessStarter } from '../commands/process-starter.ts';
import { SpareShell } from '../commands/spare-shell.ts';
import type { DaemonConfig } from '../config.ts';
import { ChangeJournal } from '../files-process/change-journal.ts';
import { filesGatewayRoutes } from '../files-process/files-gateway-routes.ts';
import {
  type FilesProcessOptions,
  FilesProcessSupervisor,
} from '../files-process/files-process-supervisor.ts';
import { KeyedChanges } from '../files-process/keyed-changes.ts';
import { createRequestListener, type Route } from '../http/router.ts';
import { startUnixServer } from '../http/unix-server.ts';
import { SpaceReserve } from '../journal/space-reserve.ts';
import { startLinkServer } from '../link/link-server.ts';
import type { Logger } from '../logging/logger.ts';
import { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';
import { terminalRoutes, terminalUpgrade } from '../terminals/terminal-routes.ts';
import { TERMINALS_LIMITS, Terminals, type TerminalsLimits } from '../terminals/terminals.ts';
import { adoptGroupsOf } from '../user/adopt-groups.ts';
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
  const pipes = new OutputPipes({ folder: path.join(runPath, 'pipes'), owner: account.identity });
  const spare = new SpareShell({ account, pipes, inherited, refillAfterMs: limits.shellRefillAfterMs });
  const commands = new Commands({
    account,
    journal: commandJournal,
    starter: new ProcessStarter({ account, pipes, spare, inherited }),
    maxRunning: limits.maxRunningCommands,
    processLimits: limits.process,
    logger,
  });
  const terminals = new Terminals({
    account,
    inherited,
    limits: limits.terminals,
    beforeStart: () => config.isRoot && adoptGroupsOf(config.user),
    logger,
  });
  const changeJournal = await ChangeJournal.open({ statePath, reserve, logger });
  const files = superviseFiles(config, {
    environment: account.bareEnvironment('/bin/sh'),
    socketPath: path.join(runPath, 'files.sock'),
    inherited,
    idleMs: limits.filesIdleMs,
    logger,
  });
  const routes: Route[] = [
    healthRoute(config.version, terminals, commands),
    ...settingsRoutes({ settings, onChange: () => files.warmUp() }),
    ...filesGatewayRoutes({ files, changes: new KeyedChanges({ files, journal: changeJournal }) }),
    ...commandRoutes(commands),
    ...terminalRoutes(terminals),
  ];
  const server = await startUnixServer({
    socketPath: config.socketPath,
    onRequest: createRequestListener(routes, logger),
    onUpgrade: terminalUpgrade(terminals),
  });
  const links = await startLinkServer({
    socketPath: path.join(runPath, path.basename(DAEMON_LINK_SOCKET_PATH)),
    daemonSocketPath: config.socketPath,
  });
  void spare.prepare();
  return {
    async stop() {
      const graceMs = limits.stopGraceMs;
      spare.stop();
      // Together: requests that wait for a command get its end as their response.
      await Promise.all([server.close(graceMs + 500), terminals.stop(graceMs), commands.stop(graceMs)]);
      await files.stop();
      links.close();
      await Promise.all([commandJournal.close(), changeJournal.close()]);
    },
  };
}

function superviseFiles(
  { entryPath, homePath, user }: DaemonConfig,
  options: Omit<FilesProcessOptions, 'entryPath' | 'commandLine'>,
): FilesProcessSupervisor {
  const identity = `${user.name}:${user.uid}:${user.gid}`;
  const commandLine = ['--socket', options.socketPath, '--home', homePath, '--user', identity];
  return new FilesProcessSupervisor({ ...options, entryPath, commandLine });
}

function healthRoute(version: string, terminals: Terminals, commands: Commands): Route {
  const startedAt = performance.now();
  return {
    method: 'GET',
    path: '/health',
    answer: async () => ({
      status: 200,
      body: {
        ok: true,
        version,
        uptime_seconds: Math.round((performance.now() - startedAt) / 1000),
        terminals: terminals.runningCount,
        running_commands: commands.runningCount,
        busy_terminals: await terminals.countBusy(),
      },
    }),
  };
}
