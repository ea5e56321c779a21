import { PodexError } from '@podex/contracts/errors';
import type { Call, Route } from '../http/router.ts';
import type { FilesProcessSupervisor } from './files-process-supervisor.ts';
import { forwardToFiles } from './forward-files.ts';
import type { KeyedChanges } from './keyed-changes.ts';

const MAX_KEY_LENGTH = 100;

const READING = [
  ['GET', '/files'],
  ['GET', '/files/content'],
  ['GET', '/search'],
  ['POST', '/files/mkdir'],
] as const;
const CHANGING = [
  ['PUT', '/files/content'],
  ['DELETE', '/files/content'],
  ['POST', '/files/edit'],
  ['POST', '/files/move'],
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
    ...READING.map(([method, path]) => ({ method, path, answer: forward })),
    ...CHANGING.map(([method, path]) => ({ method, path, answer: change })),
  ];
}

function idempotencyKeyOf({ request }: Call): string | undefined {
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
