import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import type { DaemonConfig } from '../config.ts';
import type { CommitGate } from '../files/commit-gate.ts';
import { openGate } from '../files/commit-gate.ts';
import { canonicalPath } from '../files/file-names.ts';
import { fileRoutes } from '../files/file-routes.ts';
import { finishSaves, savesFolderOf } from '../files/unfinished-saves.ts';
import { gitRoutes } from '../git/git-routes.ts';
import { type Call, createRequestListener } from '../http/router.ts';
import { startUnixServer } from '../http/unix-server.ts';
import type { Logger } from '../logging/logger.ts';
import { replaceRoutes } from '../search/replace-routes.ts';
import { searchRoutes } from '../search/search-routes.ts';
import { archiveRoutes } from '../transfers/archive-routes.ts';
import { uploadRoutes } from '../transfers/upload-routes.ts';
import { trashRoutes } from '../trash/trash-routes.ts';
import { becomeUser } from '../user/become-user.ts';
import { buildUserEnvironment } from '../user/user-environment.ts';
import { KeyedLock } from '../waiting/keyed-lock.ts';
import { watchRoutes } from '../watch/watch-routes.ts';
import {
  type DecisionMessage,
  decisionMessage,
  type FilesProcessMessage,
  OPERATION_HEADER,
} from './protocol.ts';

const DECISION_TIMEOUT_MS = 30_000;
const NEW_FILES_UMASK = 0o022;

/**
 * The process that touches the user’s files. It opens its socket in root’s folder, then becomes the user for good, and only then takes
 * its first request: from there on the kernel decides what it may read and write, as for any program of the user.
 */
export async function runFilesProcess(config: DaemonConfig, logger: Logger): Promise<void> {
  process.title = 'podex-files';
  const { homePath } = config;
  const decisions = new Decisions();
  const changing = {
    homePath,
    locks: new KeyedLock(),
    resolve: (given: string) => path.resolve(homePath, canonicalPath(given)),
    gateOf: (call: Call) => gateOf(call, decisions),
  };
  const routes = [
    ...fileRoutes(changing),
    ...trashRoutes(changing),
    ...uploadRoutes(changing),
    ...archiveRoutes(changing),
    ...searchRoutes({ homePath, searchPath: config.imageEnvironment.PATH ?? '' }),
    ...replaceRoutes(changing),
    ...watchRoutes({ homePath }),
    ...gitRoutes({ homePath, environment: environmentOf(config) }),
  ];
  const listener = createRequestListener(routes, logger);
  let isServing = false;
  await startUnixServer({
    socketPath: config.socketPath,
    onRequest: (request, response) => (isServing ? listener(request, response) : response.destroy()),
  });
  if (config.isRoot) becomeUser(config.user);
  process.umask(NEW_FILES_UMASK);
  await finishSaves(savesFolderOf(homePath), (error) => {
    logger.error({ err: error }, 'files_process.save_not_finished');
  });
  isServing = true;
  process.on('message', (message) => decisions.settle(decisionMessage.parse(message)));
  // The daemon is gone, and with it every caller.
  process.on('disconnect', () => process.exit(0));
  send({ type: 'listening' });
}

function environmentOf({ imageEnvironment, user, homePath }: DaemonConfig): Record<string, string> {
  return buildUserEnvironment({ imageEnvironment, user, homePath, shell: '/bin/sh', layers: [] });
}

function gateOf(call: Call, decisions: Decisions): CommitGate {
  const operation = call.request.headers[OPERATION_HEADER];
  if (typeof operation !== 'string') return openGate;
  return async (guard, answer) => {
    const decided = decisions.wait(operation);
    send({ type: 'prepared', operation, guard, answer });
    await decided;
  };
}

function send(message: FilesProcessMessage): void {
  process.send?.(message);
}

/** Changes that wait for the daemon’s word. */
class Decisions {
  readonly #waiting = new Map<string, (error?: PodexError) => void>();

  /** @throws PodexError the daemon’s refusal, or timed_out. */
  wait(operation: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: PodexError) => {
        clearTimeout(timer);
        this.#waiting.delete(operation);
        if (error === undefined) resolve();
        else reject(error);
      };
      const timer = setTimeout(() => {
        const limit = { timeout_ms: DECISION_TIMEOUT_MS };
        settle(new PodexError('timed_out', 'The change could not be recorded in time.', limit));
      }, DECISION_TIMEOUT_MS);
      this.#waiting.set(operation, settle);
    });
  }

  settle({ operation, refusal }: DecisionMessage): void {
    this.#waiting.get(operation)?.(refusal && PodexError.fromBody(refusal));
  }
}
