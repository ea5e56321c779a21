import type { WorkspaceClient } from '../workspace/workspace-client.ts';
import { findSkills, type Skill } from './skills.ts';
import { findFile, type ReadingCall, unlessMissing } from './workspace-reading.ts';

/** In the order of their standing: the second is read where the first is not there. */
const NAMES = ['AGENTS.md', 'CLAUDE.md'];
const MAX_PROJECTS = 8;
const MAX_FOLDERS = 40;
const MAX_CHARACTERS = 32_000;
/** A turn need not wait for a workspace that starts just to read these. */
const WAIT_MS = 5000;

export interface ProjectInstructions {
  /** Absolute. */
  path: string;
  text: string;
}

export interface FoundInstructions extends ProjectInstructions {
  etag: string | undefined;
}

/** What a prompt tells of the workspace. */
export interface ProjectFacts {
  /** Names of the folders in the home directory, hidden ones left out; the first 40. */
  folders: string[];
  /** Of the home directory and of the projects right below it, at most 32,000 characters in all. */
  instructions: ProjectInstructions[];
  skills: Skill[];
}

/** Nothing of a workspace that does not respond: a turn continues without. */
export async function readProjectFacts(
  workspace: WorkspaceClient,
  signal: AbortSignal,
): Promise<ProjectFacts> {
  const call = { signal, startTimeoutMs: WAIT_MS };
  const listing = await unlessMissing(workspace.list('.', call));
  if (listing === undefined) return { folders: [], instructions: [], skills: [] };
  const folders = (listing.children ?? []).filter(
    ({ type, name }) => type === 'directory' && !name.startsWith('.'),
  );
  const places = ['.', ...folders.slice(0, MAX_PROJECTS).map(({ path }) => path)];
  const [found, skills] = await Promise.all([
    Promise.all(
      places.map((place) => readInstructions(workspace, place, { ...call, maxBytes: MAX_CHARACTERS })),
    ),
    findSkills(workspace, places, call),
  ]);
  return {
    folders: folders.slice(0, MAX_FOLDERS).map(({ name }) => name),
    instructions: withinBounds(found.filter((one) => one !== undefined)),
    skills,
  };
}

/** Of the first of the files that is there; the first `maxBytes` of it. */
export async function readInstructions(
  workspace: WorkspaceClient,
  folder: string,
  { maxBytes, ...call }: ReadingCall & { maxBytes: number },
): Promise<FoundInstructions | undefined> {
  for (const name of NAMES) {
    const entry = await findFile(workspace, folder === '.' ? name : `${folder}/${name}`, call);
    if (entry === undefined) continue;
    const { path } = entry;
    const file = await unlessMissing(workspace.readText(path, { ...call, maxBytes }));
    return { path, text: (file?.text ?? '').trim(), etag: file?.etag };
  }
  return undefined;
}

function withinBounds(found: readonly ProjectInstructions[]): ProjectInstructions[] {
  let room = MAX_CHARACTERS;
  return found.flatMap(({ path, text: whole }) => {
    const text = whole.slice(0, room).trim();
    room -= text.length;
    return text === '' ? [] : [{ path, text }];
  });
}
