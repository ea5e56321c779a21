import { z } from 'zod';

export const pathInput = z.string().min(1).max(4096).describe('Absolute, or relative to /home/dev.');

/** `~` is a shell’s word; the workspace API knows absolute paths and paths relative to the home directory. */
export function workspacePath(path: string): string {
  if (path === '~' || path === '~/') return '.';
  return path.startsWith('~/') ? path.slice(2) : path;
}
