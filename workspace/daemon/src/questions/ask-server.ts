import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import type { WorkspaceUser } from '../config.ts';
import { createRequestListener } from '../http/router.ts';
import type { Logger } from '../logging/logger.ts';
import { askRoutes } from './question-routes.ts';
import type { Questions } from './questions.ts';

const CONNECTIONS_MAX = 64;
const HEADER_BYTES_MAX = 4_096;
/** Longer than a question may wait. */
const REQUEST_TIMEOUT_MS = 10_000;

/** In the folder of the socket: what git’s own settings of the system include. */
export const GIT_SETTINGS = 'gitconfig';

export interface AskPrograms {
  credential: readonly string[];
  ssh: readonly string[];
}

export interface AskServerOptions {
  /** A folder of its own, which everyone may enter and only root may change. */
  folder: string;
  questions: Questions;
  /** Who may ask. Undefined: this process’s own user. */
  user: WorkspaceUser | undefined;
  /** The programs that ask for git and for ssh, each with what it is run by. */
  helpers: AskPrograms;
  logger: Logger;
}

/** Serves the socket by which programs of the user ask, and tells git of it. */
export async function startAskServer(options: AskServerOptions): Promise<Pick<Server, 'close'>> {
  const { folder, questions, user, helpers, logger } = options;
  const socketPath = path.join(folder, 'ask.sock');
  const server = createServer(
    { maxHeaderSize: HEADER_BYTES_MAX, insecureHTTPParser: false, requireHostHeader: true },
    createRequestListener(askRoutes(questions), logger),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.on('clientError', (_error, socket) => socket.destroy());
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await chmod(folder, 0o755);
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      server.off('error', reject);
      resolve();
    });
  });
  if (user !== undefined) await chown(socketPath, user.uid, user.gid);
  await chmod(socketPath, 0o600);
  await writeFile(path.join(folder, GIT_SETTINGS), gitSettings(helpers, socketPath), { mode: 0o644 });
  return {
    close(done) {
      server.closeAllConnections();
      return server.close(done);
    },
  };
}

/** What the user configures goes before: other helpers are asked first, another command for ssh takes the place of this one. */
function gitSettings({ credential, ssh }: AskPrograms, socketPath: string): string {
  return [
    '# Written by Podex: git asks it for what it signs in with.',
    '[credential]',
    `	helper = "${inQuotes(`!${shellWords([...credential, socketPath])}`)}"`,
    '[core]',
    `	sshCommand = "${inQuotes(shellWords([...ssh, socketPath]))}"`,
    '[ssh]',
    '	variant = ssh',
    '',
  ].join('\n');
}

function shellWords(command: readonly string[]): string {
  return command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

function inQuotes(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
