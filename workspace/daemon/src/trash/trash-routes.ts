import { SMALL_BODY_BYTES_MAX } from '@podex/contracts/limits';
import { emptyTrashQuery, restoreFileInput, trashFileInput } from '@podex/contracts/trash';
import type { CommitGate } from '../files/commit-gate.ts';
import { canonicalPath } from '../files/file-names.ts';
import { type Call, type Route, readJson } from '../http/router.ts';
import { Trash, type TrashOptions } from './trash.ts';

export interface TrashRoutesOptions extends TrashOptions {
  /** The path on the disk of one that a client gave. */
  resolve: (given: string) => string;
  /** The gate of a request’s change; see CommitGate. */
  gateOf: (call: Call) => CommitGate;
}

export function trashRoutes({ resolve, gateOf, ...options }: TrashRoutesOptions): Route[] {
  const trash = new Trash(options);
  return [
    {
      method: 'POST',
      path: '/files/trash',
      async answer(call) {
        const { path } = await readJson(call.request, trashFileInput, SMALL_BODY_BYTES_MAX);
        return trash.put(resolve(path), gateOf(call));
      },
    },
    {
      method: 'GET',
      path: '/files/trash',
      answer: async () => ({ status: 200, body: await trash.list() }),
    },
    {
      method: 'POST',
      path: '/files/trash/restore',
      async answer(call) {
        const { trash_id: id, to } = await readJson(call.request, restoreFileInput, SMALL_BODY_BYTES_MAX);
        return trash.restore(canonicalPath(id), to && resolve(to), gateOf(call));
      },
    },
    {
      method: 'DELETE',
      path: '/files/trash',
      async answer({ query }) {
        const { trash_id: id } = emptyTrashQuery.parse(query);
        await trash.empty(id && canonicalPath(id));
        return { status: 204 };
      },
    },
  ];
}
