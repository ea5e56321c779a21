import path from 'node:path';
import { z } from 'zod';

const HOME_PATH = '/home/dev';
const FILE_URL = 'file://';

export const pathInput = z.string().min(1).max(4096).describe(`Absolute, or relative to ${HOME_PATH}.`);

/** `~` is a shell’s word, and `file://` a browser’s; the workspace API knows absolute paths and paths relative to the home directory. */
export function workspacePath(given: string): string {
  if (given.startsWith(`${FILE_URL}/`)) return decoded(given.slice(FILE_URL.length));
  if (given === '~' || given === '~/') return '.';
  return given.startsWith('~/') ? given.slice(2) : given;
}

function decoded(urlPath: string): string {
  try {
    return decodeURIComponent(urlPath);
  } catch {
    return urlPath;
  }
}

/** One spelling for each path. */
export function absolutePath(given: string): string {
  return path.posix.resolve(HOME_PATH, workspacePath(given));
}
