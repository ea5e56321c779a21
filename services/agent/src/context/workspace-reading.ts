import { PodexError } from '@podex/contracts/errors';
import type { FileEntry } from '@podex/contracts/files';
import type { WorkspaceClient } from '../workspace/workspace-client.ts';

export type ReadingCall = Parameters<WorkspaceClient['list']>[1];

/** Undefined where the workspace says no, whatever its reason: a prompt is made of what there is. */
export async function unlessMissing<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (PodexError.isInstance(error)) return undefined;
    throw error;
  }
}

/** A link is not followed: a repository could have any file of the workspace told to the model by one. */
export async function findFile(
  workspace: WorkspaceClient,
  path: string,
  call: ReadingCall,
): Promise<FileEntry | undefined> {
  const entry = (await unlessMissing(workspace.list(path, call)))?.entry;
  return entry?.type === 'file' ? entry : undefined;
}
