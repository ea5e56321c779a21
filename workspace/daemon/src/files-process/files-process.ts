import { PodexError } from '@podex/contracts/errors';
import type { DaemonConfig, WorkspaceUser } from '../config.ts';
import type { CommitGate } from '../files/commit-gate.ts';
import { openGate } from '../files/commit-gate.ts';
import { fileRoutes } from '../files/file-routes.ts';
import { type Call, createRequestListener } from '../http/router.ts';
import { startUnixServer } from '../http/unix-server.ts';
import type { Logger } from '../logging/logger.ts';
import { searchRoutes } from '../search/search-routes.ts';
import { adoptGroupsOf } from '../user/adopt-groups.ts';
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
  const routes = [
    ...fileRoutes({ homePath, gateOf: (call) => gateOf(call, decisions) }),
    ...searchRoutes({ homePath, searchPath: config.imageEnvironment.PATH ?? '' }),
  ];
  const listener = createRequestListener(routes, logger);
  let isUser = !config.isRoot;
  await startUnixServer({
    socketPath: config.socketPath,
    onRequest: (request, response) => (isUser ? listener(request, response) : response.destroy()),
  });
  if (config.isRoot) becomeUser(config.user);
  isUser = true;
  process.umask(NEW_FILES_UMASK);
  process.on('message', (message) => decisions.settle(decisionMessage.parse(message)));
  // The daemon is gone, and with it every caller.
  process.on('disconnect', () => process.exit(0));
  send({ type: 'listening' });
}

/** Irrevocable: root’s saved ids and capabilities go as well. @throws when the kernel did not do as told. */
function becomeUser(user: WorkspaceUser): void {
  const { uid, gid } = user;
  adoptGroupsOf(user);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid || process.getegid?.() !== gid) {
    throw new Error('the files process could not become the workspace’s user');
  }
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
