import * as fs from 'node:fs';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import { translateFileError } from '../files/file-errors.ts';
import { canonicalPath, diskPath, spellName } from '../files/file-names.ts';

export interface Project {
  /** Without links. */
  root: string;
  isHome: boolean;
}

/**
 * The folder of a checkpoint.
 *
 * @throws PodexError forbidden outside the home; file_not_found, file_not_directory.
 */
export function openProject(homePath: string, given: string | undefined): Project {
  const asked = path.resolve(homePath, given === undefined ? '.' : canonicalPath(given));
  const root = realPath(asked);
  const home = realPath(homePath);
  const isHome = root === home;
  if (!(isHome || root.startsWith(`${home}/`))) {
    const message = `${shownPath(asked)} is not in ${shownPath(homePath)}. Checkpoints are made of folders in there.`;
    throw new PodexError('forbidden', message, {});
  }
  if (!fs.statSync(diskPath(root)).isDirectory()) {
    throw new PodexError('file_not_directory', `${shownPath(asked)} is not a folder. Choose a folder.`, {
      path: asked,
    });
  }
  return { root, isHome };
}

/** One that was deleted comes back. @throws PodexError of the file that is in its place. */
export function ensureFolder(root: string): void {
  try {
    fs.mkdirSync(diskPath(root), { recursive: true });
  } catch (error) {
    throw translateFileError(error, root);
  }
}

function realPath(file: string): string {
  try {
    return spellName(fs.realpathSync.native(diskPath(file), { encoding: 'buffer' }));
  } catch (error) {
    throw translateFileError(error, file);
  }
}

/** What a path means below the folder of a checkpoint; empty for that folder. @throws PodexError invalid_request outside. */
export function segmentsBelow(root: string, homePath: string, given: string): string[] {
  const asked = path.resolve(homePath, canonicalPath(given));
  if (asked === root) return [];
  if (asked.startsWith(`${root}/`)) return asked.slice(root.length + 1).split('/');
  const message = `${shownPath(asked)} is not in this checkpoint: it holds ${shownPath(root)}.`;
  throw new PodexError('invalid_request', message, {});
}
