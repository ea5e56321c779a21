import { PodexError } from '@podex/contracts/errors';
import type { FileEntry } from '@podex/contracts/files';
import type { WorkspaceClient } from '../workspace/workspace-client.ts';

/** In the order of their standing: the second is read where the first is not there. */
const NAMES = ['AGENTS.md', 'CLAUDE.md'];
const MAX_PROJECTS = 8;
const MAX_FOLDERS = 40;
const MAX_CHARACTERS = 32_000;
/** A turn need not wait for a workspace that starts just to read these. */
const WAIT_MS = 5000;

export interface ProjectInstructions {
  path: string;
  text: string;
}

/** What a prompt tells of the workspace. */
export interface ProjectFacts {
  /** Names of the folders in the home directory, hidden ones left out; the first 40. */
  folders: string[];
  /** Of the home directory and of the projects right below it, at most 32,000 characters in all. */
  instructions: ProjectInstructions[];
}

type Call = Parameters<WorkspaceClient['list']>[1];

/** Nothing of a workspace that does not respond: a turn continues without. */
export async function readProjectFacts(
  workspace: WorkspaceClient,
  signal: AbortSignal,
): Promise<ProjectFacts> {
  const call = { signal, startTimeoutMs: WAIT_MS };
  const listing = await unlessMissing(workspace.list('.', call));
  if (listing === undefined) return { folders: [], instructions: [] };
  const folders = (listing.children ?? []).filter(
    ({ type, name }) => type === 'directory' && !name.startsWith('.'),
  );
  const places = ['.', ...folders.slice(0, MAX_PROJECTS).map(({ path }) => path)];
  const found = await Promise.all(places.map((place) => readInstructions(workspace, place, call)));
  return {
    folders: folders.slice(0, MAX_FOLDERS).map(({ name }) => name),
    instructions: withinBounds(found.filter((one) => one !== undefined)),
  };
}

async function readInstructions(
  workspace: WorkspaceClient,
  folder: string,
  call: Call,
): Promise<ProjectInstructions | undefined> {
  for (const name of NAMES) {
    const entry = await findFile(workspace, folder === '.' ? name : `${folder}/${name}`, call);
    if (entry === undefined) continue;
    const { path } = entry;
    const file = await unlessMissing(workspace.readText(path, { ...call, maxBytes: MAX_CHARACTERS }));
    return { path, text: file?.text ?? '' };
  }
  return undefined;
}

/** A link is not followed: a repository could have any file of the workspace told to the model by one. */
async function findFile(
  workspace: WorkspaceClient,
  path: string,
  call: Call,
): Promise<FileEntry | undefined> {
  const entry = (await unlessMissing(workspace.list(path, call)))?.entry;
  return entry?.type === 'file' ? entry : undefined;
}

function withinBounds(found: readonly ProjectInstructions[]): ProjectInstructions[] {
  let room = MAX_CHARACTERS;
  return found.flatMap(({ path, text: whole }) => {
    const text = whole.slice(0, room).trim();
    room -= text.length;
    return text === '' ? [] : [{ path, text }];
  });
}

async function unlessMissing<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (PodexError.isInstance(error)) return undefined;
    throw error;
  }
}
