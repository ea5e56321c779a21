import {
  editFileInput,
  fileQuery,
  listFilesQuery,
  makeDirectoryInput,
  moveFileInput,
} from '@podex/contracts/files';
import { EDIT_BODY_BYTES_MAX, SMALL_BODY_BYTES_MAX } from '@podex/contracts/limits';
import { type Call, type Route, readJson } from '../http/router.ts';
import type { KeyedLock } from '../waiting/keyed-lock.ts';
import type { CommitGate } from './commit-gate.ts';
import { writeConditions } from './conditions.ts';
import { deleteFile, makeDirectory } from './delete-file.ts';
import { removeFile } from './disk.ts';
import { editFile, previewEdit } from './edit-file.ts';
import { listFile, statIfThere } from './file-entries.ts';
import { onFile } from './file-errors.ts';
import { requireOutsideKernel } from './kernel-files.ts';
import { moveFile } from './move-file.ts';
import { sendFile } from './read-file.ts';
import { isTemporary } from './staged-file.ts';
import { writeFile } from './write-file.ts';

export interface FileRoutesOptions {
  homePath: string;
  /** Shared by all that changes files. */
  locks: KeyedLock;
  /** The path on the disk of one that a client gave. */
  resolve: (given: string) => string;
  /** The gate of a request’s change; see CommitGate. */
  gateOf: (call: Call) => CommitGate;
}

/** The files of the workspace, with the rights of this process. */
export function fileRoutes({ homePath, locks, resolve, gateOf }: FileRoutesOptions): Route[] {
  const pathOf = ({ query }: Call) => resolve(fileQuery.parse(query).path);
  return [
    {
      method: 'GET',
      path: '/files',
      async answer(call) {
        const { path: given, limit, after } = listFilesQuery.parse(call.query);
        const file = resolve(given);
        await requireOutsideKernel(file);
        return { status: 200, body: await listFile(file, { limit, after }) };
      },
    },
    {
      method: 'GET',
      path: '/files/content',
      async answer(call) {
        const file = pathOf(call);
        await requireOutsideKernel(file);
        await sendFile(file, call, locks);
        return undefined;
      },
    },
    {
      method: 'PUT',
      path: '/files/content',
      answer: (call) =>
        writeFile(pathOf(call), call.request, {
          conditions: writeConditions(call.request.headers),
          gate: gateOf(call),
          locks,
          homePath,
        }),
    },
    {
      method: 'DELETE',
      path: '/files/content',
      answer: (call) => deleteFile(pathOf(call), { homePath, gate: gateOf(call) }),
    },
    {
      method: 'POST',
      path: '/files/edit',
      async answer(call) {
        const edit = await readJson(call.request, editFileInput, EDIT_BODY_BYTES_MAX);
        const conditions = writeConditions(call.request.headers);
        return editFile(resolve(edit.path), edit, { conditions, gate: gateOf(call), locks, homePath });
      },
    },
    {
      method: 'POST',
      path: '/files/edit/preview',
      async answer(call) {
        const edit = await readJson(call.request, editFileInput, EDIT_BODY_BYTES_MAX);
        const conditions = writeConditions(call.request.headers);
        return { status: 200, body: await previewEdit(resolve(edit.path), edit, { conditions, locks }) };
      },
    },
    {
      method: 'POST',
      path: '/files/move',
      async answer(call) {
        const { from, to, overwrite } = await readJson(call.request, moveFileInput, SMALL_BODY_BYTES_MAX);
        return moveFile(resolve(from), resolve(to), { overwrite, gate: gateOf(call), locks });
      },
    },
    {
      method: 'POST',
      path: '/files/mkdir',
      async answer(call) {
        const input = await readJson(call.request, makeDirectoryInput, SMALL_BODY_BYTES_MAX);
        return makeDirectory(resolve(input.path));
      },
    },
    {
      method: 'DELETE',
      path: '/guard',
      answer: async (call) => ({ status: 200, body: await liftGuard(pathOf(call)) }),
    },
  ];
}

/**
 * Whether the change that `guard` stood for was carried out before a crash (see CommitGate). If not, what it had staged is removed, so
 * that it can be done again. A staged file that was linked into its place and not yet unlinked counts as carried out.
 */
async function liftGuard(guard: string): Promise<{ carried_out: boolean }> {
  return onFile(guard, async () => {
    const stats = await statIfThere(guard);
    if (stats === undefined) return { carried_out: true };
    if (!isTemporary(guard)) return { carried_out: false };
    await removeFile(guard);
    return { carried_out: stats.nlink > 1n };
  });
}
