import * as fs from 'node:fs';
import path from 'node:path';
import type { DaemonConfig, WorkspaceUser } from '../config.ts';
import { createRequestListener } from '../http/router.ts';
import { startUnixServer } from '../http/unix-server.ts';
import type { Logger } from '../logging/logger.ts';
import { becomeUser } from '../user/become-user.ts';
import { CHECKPOINT_LIMITS } from './checkpoint-limits.ts';
import { checkpointRoutes } from './checkpoint-routes.ts';
import { Checkpoints } from './checkpoints.ts';

const NEW_FILES_UMASK = 0o022;
const STORE_MODE = 0o700;
const AS_FOLDER = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;

/**
 * The process that makes and restores checkpoints. It reads and writes the user’s files, and so it is the user: the kernel decides what
 * it may touch. The store belongs to the user too, but lies in a folder that only root may enter; this process has it open from the
 * time when it was root. So no program of the user reads, forges or deletes a checkpoint by accident or by malice (one that uses sudo
 * can, as it can anything here), and root never reads what a user has written.
 */
export async function runCheckpointsProcess(config: DaemonConfig, logger: Logger): Promise<void> {
  process.title = 'podex-checkpoints';
  const store = openStore(config);
  let isServing = false;
  let listener = createRequestListener([], logger);
  await startUnixServer({
    socketPath: config.socketPath,
    onRequest: (request, response) => (isServing ? listener(request, response) : response.destroy()),
  });
  if (config.isRoot) becomeUser(config.user);
  process.umask(NEW_FILES_UMASK);
  const { homePath } = config;
  const checkpoints = new Checkpoints({ folder: store, homePath, limits: CHECKPOINT_LIMITS, logger });
  listener = createRequestListener(checkpointRoutes(checkpoints, homePath), logger);
  isServing = true;
  // The daemon is gone, and with it every caller.
  process.on('disconnect', () => process.exit(0));
  // Requests wait for it.
  const finished = checkpoints.finishRestore();
  process.send?.({ type: 'listening' });
  await finished;
}

/** A path to the store that needs no way to it. */
function openStore({ statePath, isRoot, user }: DaemonConfig): string {
  const folder = path.join(statePath, STORE_FOLDER);
  fs.mkdirSync(folder, { recursive: true, mode: STORE_MODE });
  const fd = fs.openSync(folder, AS_FOLDER);
  if (isRoot) giveTo(fd, user);
  return `/proc/self/fd/${fd}`;
}

function giveTo(fd: number, { uid, gid }: WorkspaceUser): void {
  fs.fchownSync(fd, uid, gid);
  fs.fchmodSync(fd, STORE_MODE);
}

/** In the state of the workspace. */
export const STORE_FOLDER = 'checkpoints';
