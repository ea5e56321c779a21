import { PodexError } from '@podex/contracts/errors';
import { GIT_PATHS } from '../git/git-routes.ts';
import type { Call, Route } from '../http/router.ts';
import type { FilesProcessSupervisor } from './files-process-supervisor.ts';
import { forwardToFiles } from './forward-files.ts';
import type { KeyedChanges } from './keyed-changes.ts';

const MAX_KEY_LENGTH = 100;

const READING = [
  ['GET', '/files'],
  ['GET', '/files/content'],
  ['GET', '/search'],
  ['GET', '/watch'],
  ['POST', '/files/mkdir'],
  ['POST', '/files/edit/preview'],
  ['POST', '/files/replace/preview'],
  // Its conditions alone keep it from being carried out twice.
  ['POST', '/files/replace'],
  ['GET', '/files/archive'],
  ['GET', '/files/archive/zip'],
  ['GET', '/files/trash'],
  ['DELETE', '/files/trash'],
  ['PUT', '/files/uploads/:upload_id'],
  ['GET', '/files/uploads/:upload_id'],
  ['PATCH', '/files/uploads/:upload_id'],
  ['DELETE', '/files/uploads/:upload_id'],
] as const;
const CHANGING = [
  ['PUT', '/files/content'],
  ['DELETE', '/files/content'],
  ['POST', '/files/edit'],
  ['POST', '/files/move'],
  ['POST', '/files/trash'],
  ['POST', '/files/trash/restore'],
  ['POST', '/files/uploads/:upload_id/finish'],
] as const;

export interface FilesGatewayOptions {
  files: FilesProcessSupervisor;
  changes: KeyedChanges;
}

/** The routes of files and search as the daemon offers them: handed to the files process, changes with a key through the journal. */
export function filesGatewayRoutes({ files, changes }: FilesGatewayOptions): Route[] {
  const forward = async (call: Call): Promise<undefined> => {
    await forwardToFiles(call, { files });
  };
  const change = async (call: Call) => {
    const key = idempotencyKeyOf(call);
    return key === undefined ? forward(call) : changes.answer(call, key);
  };
  return [
    ...GIT_PATHS.reading.map((path) => ({ method: 'GET', path, answer: forward })),
    ...GIT_PATHS.changing.map((path) => ({ method: 'POST', path, answer: forward })),
    ...READING.map(([method, path]) => ({ method, path, answer: forward })),
    ...CHANGING.map(([method, path]) => ({ method, path, answer: change })),
  ];
}

/** @throws PodexError invalid_request. */
export function idempotencyKeyOf({ request }: Call): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key.length < 1 || key.length > MAX_KEY_LENGTH) {
    throw new PodexError(
      'invalid_request',
      `Idempotency-Key may have 1 to ${MAX_KEY_LENGTH} characters.`,
      {},
    );
  }
  return key;
}
