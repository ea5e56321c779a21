import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import { realPath } from './disk.ts';

/** Where the kernel shows processes, with the variables that they were given: no files of a workspace, and not for who may only read it. */
const KERNEL_FOLDERS = ['/proc', '/sys'];

/** @throws PodexError forbidden when the path leads there, by whatever links. */
export async function requireOutsideKernel(file: string): Promise<void> {
  const real = await realPathOf(file);
  if (![file, real].some(isOfKernel)) return;
  const message = `${shownPath(file)} is no file of the workspace, but tells of its processes. Use a terminal.`;
  throw new PodexError('forbidden', message, {});
}

/** Names directly in this folder that a walk through it passes over. */
export async function listKernelNames(folder: string): Promise<string[]> {
  const real = await realPathOf(folder);
  return KERNEL_FOLDERS.filter((one) => path.dirname(one) === real).map((one) => path.basename(one));
}

/** The path itself where it leads nowhere: opening it says why. */
async function realPathOf(file: string): Promise<string> {
  return realPath(file).catch(() => file);
}

function isOfKernel(file: string): boolean {
  return KERNEL_FOLDERS.some((folder) => file === folder || file.startsWith(`${folder}/`));
}
