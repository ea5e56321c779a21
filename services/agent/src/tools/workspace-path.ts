import { z } from 'zod';

const HOME = '/home/dev';

export const pathInput = z.string().min(1).max(4096).describe('Absolute, or relative to /home/dev.');

/** `~` is a shell’s word; the workspace API knows absolute paths and paths relative to the home directory. */
export function workspacePath(path: string): string {
  if (path === '~') return HOME;
  return path.startsWith('~/') ? `${HOME}/${path.slice(2)}` : path;
}
