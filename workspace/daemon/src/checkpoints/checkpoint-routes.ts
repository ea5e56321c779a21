import {
  compareCheckpointQuery,
  compareFileQuery,
  createCheckpointInput,
  restoreCheckpointInput,
} from '@podex/contracts/checkpoints';
import { type CheckpointId, checkpointId } from '@podex/contracts/ids';
import { SMALL_BODY_BYTES_MAX } from '@podex/contracts/limits';
import { type Call, type Route, readJson } from '../http/router.ts';
import type { Checkpoints } from './checkpoints.ts';
import { compare, compareFile } from './comparing.ts';

/** The daemon passes an `Idempotency-Key` on under this name; what a client sends under it is dropped. */
export const KEY_HEADER = 'x-podex-idempotency-key';
const ONE = '/checkpoints/:checkpoint_id';

/** Checkpoints, with the rights of this process. */
export function checkpointRoutes(checkpoints: Checkpoints, homePath: string): Route[] {
  const comparing = { checkpoints, homePath };
  return [
    {
      method: 'GET',
      path: '/checkpoints',
      answer: async () => ({ status: 200, body: checkpoints.list() }),
    },
    {
      method: 'POST',
      path: '/checkpoints',
      async answer({ request }) {
        const input = await readJson(request, createCheckpointInput, SMALL_BODY_BYTES_MAX);
        const key = request.headers[KEY_HEADER];
        const body = await checkpoints.create(input, typeof key === 'string' ? key : undefined);
        return { status: 201, body };
      },
    },
    {
      method: 'GET',
      path: `${ONE}/diff`,
      async answer(call) {
        const query = compareCheckpointQuery.parse(call.query);
        return { status: 200, body: await compare(checkpoints.get(idOf(call)), query.with, comparing) };
      },
    },
    {
      method: 'GET',
      path: `${ONE}/diff/content`,
      async answer(call) {
        const query = compareFileQuery.parse(call.query);
        return { status: 200, body: await compareFile(checkpoints.get(idOf(call)), query, comparing) };
      },
    },
    {
      method: 'POST',
      path: `${ONE}/restore`,
      async answer(call) {
        const input = await readJson(call.request, restoreCheckpointInput, SMALL_BODY_BYTES_MAX);
        return { status: 200, body: await checkpoints.restore(idOf(call), input) };
      },
    },
    {
      method: 'DELETE',
      path: ONE,
      async answer(call) {
        await checkpoints.delete(idOf(call));
        return { status: 204 };
      },
    },
  ];
}

function idOf({ params }: Call): CheckpointId {
  return checkpointId.parse(params.checkpoint_id);
}
