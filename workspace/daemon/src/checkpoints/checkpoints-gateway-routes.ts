import * as fs from 'node:fs/promises';
import path from 'node:path';
import { idempotencyKeyOf } from '../files-process/files-gateway-routes.ts';
import type { FilesProcessSupervisor } from '../files-process/files-process-supervisor.ts';
import { forwardToFiles } from '../files-process/forward-files.ts';
import type { Call, Route } from '../http/router.ts';
import { KEY_HEADER } from './checkpoint-routes.ts';
import { STORE_FOLDER } from './checkpoints-process.ts';
import { RESTORE_FILE } from './restore-journal.ts';

const ROUTES = [
  ['GET', '/checkpoints'],
  ['POST', '/checkpoints'],
  ['GET', '/checkpoints/:checkpoint_id/diff'],
  ['GET', '/checkpoints/:checkpoint_id/diff/content'],
  ['POST', '/checkpoints/:checkpoint_id/restore'],
  ['DELETE', '/checkpoints/:checkpoint_id'],
] as const;

/** The routes of checkpoints as the daemon offers them: handed to the process that makes them, which finishes what it has begun. */
export function checkpointsGatewayRoutes(files: FilesProcessSupervisor): Route[] {
  const forward = async (call: Call): Promise<undefined> => {
    const key = idempotencyKeyOf(call);
    const headers = key === undefined ? {} : { [KEY_HEADER]: key };
    const mustFinish = () => call.request.method !== 'GET';
    await forwardToFiles(call, { files, headers, mustFinish });
  };
  return ROUTES.map(([method, route]) => ({ method, path: route, answer: forward }));
}

/** A restore that a crash has cut off is finished without anybody asking. */
export async function finishRestores(statePath: string, process: FilesProcessSupervisor): Promise<void> {
  const journal = path.join(statePath, STORE_FOLDER, RESTORE_FILE);
  const isUnfinished = await fs.lstat(journal).then(
    () => true,
    () => false,
  );
  if (isUnfinished) process.warmUp();
}
