import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { removeFolder } from './remove-folder.ts';

const folders: string[] = [];

// Hooks run in the reverse of their order: what a test file itself starts in its folders has ended by then.
afterAll(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

/** A new empty folder that is removed when all tests of the file have ended. */
export function temporaryFolder(name: string, parent = tmpdir()): string {
  const folder = mkdtempSync(path.join(parent, `podex-${name}-`));
  folders.push(folder);
  return folder;
}
