import path from 'node:path';
import { tokenId } from '@podex/contracts/ids';
import { z } from 'zod';
import { errorCode } from '../cli-error.ts';
import { readJsonFile, writeJsonFile } from '../state/json-file.ts';
import type { PodexHome } from '../state/podex-home.ts';

const FILE_MODE = 0o600;

const keptToken = z.object({ id: tokenId, secret: z.string(), host: z.string() });
type KeptAdminToken = z.infer<typeof keptToken>;

const fileOf = (home: Pick<PodexHome, 'directory'>) => path.join(home.directory, 'admin-token.json');

/** The token that an earlier command got. @throws CliError when its file is damaged. */
export function readKeptToken(home: Pick<PodexHome, 'directory'>): Promise<KeptAdminToken | undefined> {
  return readJsonFile(fileOf(home), keptToken);
}

/** @returns false where nothing can be kept: there is no such folder, or it is not the caller’s to write. */
export async function keepToken(
  home: Pick<PodexHome, 'directory'>,
  { id, secret, host }: KeptAdminToken,
): Promise<boolean> {
  try {
    await writeJsonFile(fileOf(home), { id, secret, host }, FILE_MODE);
    return true;
  } catch (error) {
    if (NOT_OURS.has(errorCode(error) ?? '')) return false;
    throw error;
  }
}

const NOT_OURS: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EPERM', 'EROFS']);
