import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from '../state/json-file.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

const login = z.object({
  /** As it was given: of the page, or of api. */
  url: z.url(),
  api_url: z.url(),
  token: z.string().min(1),
  /** `podex logout` revokes only what `podex login` has made. */
  is_made_by_login: z.boolean(),
});
export type Login = z.infer<typeof login>;

/** @throws CliError when the file is damaged. */
export async function readLogin(file: string): Promise<Login | undefined> {
  return readJsonFile(file, login);
}

export async function writeLogin(file: string, content: Login): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: FOLDER_MODE });
  await writeJsonFile(file, content, FILE_MODE);
}

export async function forgetLogin(file: string): Promise<void> {
  await rm(file, { force: true });
}
