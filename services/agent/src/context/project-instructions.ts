import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceClient } from '../workspace/workspace-client.ts';

const NAME = 'AGENTS.md';
const MAX_PROJECTS = 8;
const MAX_CHARACTERS = 32_000;
/** A turn need not wait for a workspace that starts just to read these. */
const WAIT_MS = 5000;

export interface ProjectInstructions {
  path: string;
  text: string;
}

/** AGENTS.md of the home directory and of the projects right below it, at most 32,000 characters in all. */
export async function readProjectInstructions(
  workspace: WorkspaceClient,
  signal: AbortSignal,
): Promise<ProjectInstructions[]> {
  const call = { signal, startTimeoutMs: WAIT_MS };
  const listing = await unlessMissing(workspace.list('.', call));
  const children = listing?.children ?? [];
  const folders = children.filter((child) => child.type === 'directory' && !child.name.startsWith('.'));
  const paths = [
    ...children.filter((child) => child.name === NAME).map((child) => child.path),
    ...folders.slice(0, MAX_PROJECTS).map((folder) => `${folder.path}/${NAME}`),
  ];
  const texts = await Promise.all(
    paths.map((path) => unlessMissing(workspace.readText(path, { ...call, maxBytes: MAX_CHARACTERS }))),
  );
  let room = MAX_CHARACTERS;
  return paths.flatMap((path, index) => {
    const text = (texts[index]?.text ?? '').slice(0, room).trim();
    room -= text.length;
    return text === '' ? [] : [{ path, text }];
  });
}

/** A turn continues without instructions when there are none, or when the workspace does not respond. */
async function unlessMissing<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (PodexError.isInstance(error)) return undefined;
    throw error;
  }
}
