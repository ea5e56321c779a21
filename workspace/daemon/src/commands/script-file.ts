import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LaunchDescriptor } from '../spawning/launch-message.ts';

/** Linux takes no argument of 131,072 bytes or more. */
const MAX_ARGUMENT_BYTES = 131_071;

export const SCRIPT_DESCRIPTOR = 3;
/** From a file bash reads in blocks. Two lines of its own, so that an error in the command’s syntax shows the command alone. */
const IN_BASH = `IFS= read -r -d "" -u ${SCRIPT_DESCRIPTOR} PODEX_COMMAND; exec ${SCRIPT_DESCRIPTOR}<&-; eval "unset PODEX_COMMAND; $PODEX_COMMAND"`;
const IN_SH = `PODEX_COMMAND=$(cat <&${SCRIPT_DESCRIPTOR}); exec ${SCRIPT_DESCRIPTOR}<&-; eval "unset PODEX_COMMAND; $PODEX_COMMAND"`;

/** A command on the disk, until the shell that reads it has it open. */
export interface ScriptFile {
  end: LaunchDescriptor;
  close(): void;
}

/** Whether the kernel takes the command as an argument of `sh -c`. */
export function fitsArgument(command: string): boolean {
  return Buffer.byteLength(command) <= MAX_ARGUMENT_BYTES;
}

/** What the shell is given in place of a command that is in a script file, open as SCRIPT_DESCRIPTOR. */
export function scriptReader(shell: string): string {
  return path.basename(shell) === 'bash' ? IN_BASH : IN_SH;
}

/** Writes a command into a file of `folder`, which is root’s alone; a process that is given the descriptor can read it. */
export async function openScript(folder: string, command: string): Promise<ScriptFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, randomBytes(8).toString('hex'));
  const remove = () => void unlink(file).catch(() => undefined);
  try {
    await writeFile(file, command, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    remove();
    throw error;
  }
  return { end: { path: file, flags: constants.O_RDONLY }, close: remove };
}
