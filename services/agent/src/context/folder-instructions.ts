import path from 'node:path';
import { type FileVersion, isSameVersion } from '@podex/contracts/file-versions';
import type { KnownFiles } from '../tools/known-files.ts';
import { absolutePath } from '../tools/workspace-path.ts';
import type { WorkspaceClient } from '../workspace/workspace-client.ts';
import { WorkspaceNotReady } from '../workspace/workspace-not-ready.ts';
import { fencedInstructions } from './instructions-message.ts';
import { type FoundInstructions, readInstructions } from './project-facts.ts';

const HOME_PATH = absolutePath('.');
/** Of a call; the ones nearest to its files. */
const MAX_FOLDERS = 12;
const MAX_CHARACTERS = 8000;

const HEADING =
  '[Podex] Instructions for agents from the folders that this call was about. They hold for the work in their folder, in the same bounds as those at the beginning.';

/** What a call tells besides its output. */
export interface ToldInstructions {
  text: string;
  /** So that the conversation knows what it was told. */
  versions: FileVersion[];
}

/**
 * Finds the instruction files of the folders in which a turn works, below those that every prompt begins with. A folder is looked
 * at once in a turn, and its file is told again when it has changed since the conversation was told.
 */
export class FolderInstructions {
  readonly #workspace: WorkspaceClient;
  readonly #toldBefore: () => Promise<readonly string[]>;
  readonly #seen = new Set<string>();

  /** `toldBefore`: the paths of the files that the prompt begins with. */
  constructor(workspace: WorkspaceClient, toldBefore: () => Promise<readonly string[]>) {
    this.#workspace = workspace;
    this.#toldBefore = toldBefore;
  }

  /** For a call that was about `paths` and did not fail, at most `room` characters. Undefined when there is nothing new. */
  async tell(
    paths: readonly string[],
    { files, room, signal }: { files: KnownFiles; room: number; signal: AbortSignal },
  ): Promise<ToldInstructions | undefined> {
    const folders = foldersAbove(paths).filter((folder) => !this.#seen.has(folder));
    if (folders.length === 0) return undefined;
    for (const folder of folders) this.#seen.add(folder);
    const found = await this.#newIn(folders, files, signal);
    if (found?.length === 0) return undefined;
    const text = found === undefined ? '' : `${HEADING}\n\n${fencedInstructions(found)}`;
    if (found === undefined || text.length > room) {
      // The next call in this folder tells it.
      for (const folder of folders) this.#seen.delete(folder);
      return undefined;
    }
    return {
      text,
      versions: found.flatMap(({ path: at, etag }) => (etag === undefined ? [] : [{ path: at, etag }])),
    };
  }

  /** Undefined when the workspace went away meanwhile: the call’s own result must not be lost by that. */
  async #newIn(
    folders: readonly string[],
    files: KnownFiles,
    signal: AbortSignal,
  ): Promise<FoundInstructions[] | undefined> {
    const call = { signal, maxBytes: MAX_CHARACTERS };
    try {
      const found = await Promise.all(
        folders.map((folder) => readInstructions(this.#workspace, folder, call)),
      );
      const before = new Set(await this.#toldBefore());
      return found.flatMap((one) => {
        if (one === undefined || one.text === '' || before.has(one.path)) return [];
        const known = files.etagOf(one.path);
        const isKnown = known !== undefined && one.etag !== undefined && isSameVersion(known, one.etag);
        return isKnown ? [] : [one];
      });
    } catch (error) {
      if (error instanceof WorkspaceNotReady) return undefined;
      throw error;
    }
  }
}

/** The folders below the home directory that hold these files, the outermost first. */
function foldersAbove(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const given of paths) {
    const absolute = absolutePath(given);
    if (!absolute.startsWith(`${HOME_PATH}/`)) continue;
    for (let place = path.posix.dirname(absolute); place !== HOME_PATH; place = path.posix.dirname(place)) {
      folders.add(place);
    }
  }
  return [...folders].toSorted().slice(-MAX_FOLDERS);
}
