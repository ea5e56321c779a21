import { uploadId } from '@podex/contracts/ids';
import { SMALL_BODY_BYTES_MAX } from '@podex/contracts/limits';
import { appendUploadQuery, createUploadInput } from '@podex/contracts/uploads';
import type { CommitGate } from '../files/commit-gate.ts';
import { type Call, type Route, readJson } from '../http/router.ts';
import { Uploads, type UploadsOptions } from './uploads.ts';

export interface UploadRoutesOptions extends UploadsOptions {
  /** The path on the disk of one that a client gave. */
  resolve: (given: string) => string;
  /** The gate of a request’s change; see CommitGate. */
  gateOf: (call: Call) => CommitGate;
}

const PATH = '/files/uploads/:upload_id';
const idOf = ({ params }: Call) => uploadId.parse(params.upload_id);

export function uploadRoutes({ resolve, gateOf, ...options }: UploadRoutesOptions): Route[] {
  const uploads = new Uploads(options);
  return [
    {
      method: 'PUT',
      path: PATH,
      async answer(call) {
        const id = idOf(call);
        const input = await readJson(call.request, createUploadInput, SMALL_BODY_BYTES_MAX);
        return { status: 200, body: await uploads.create(id, { ...input, path: resolve(input.path) }) };
      },
    },
    {
      method: 'GET',
      path: PATH,
      answer: async (call) => ({ status: 200, body: await uploads.get(idOf(call)) }),
    },
    {
      method: 'PATCH',
      path: PATH,
      async answer(call) {
        const body = await uploads.append(idOf(call), call.request, appendUploadQuery.parse(call.query));
        return { status: 200, body };
      },
    },
    {
      method: 'POST',
      path: `${PATH}/finish`,
      answer: (call) => uploads.finish(idOf(call), gateOf(call)),
    },
    {
      method: 'DELETE',
      path: PATH,
      async answer(call) {
        await uploads.cancel(idOf(call));
        return { status: 204 };
      },
    },
  ];
}
