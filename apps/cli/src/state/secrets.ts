import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './json-file.ts';

const KEY_BYTES = 32;
const DEFAULT_ADMIN_EMAIL = 'admin@podex.local';

const secretsFile = z.object({
  jwt_secret_key: z.string().min(32),
  compute_internal_api_key: z.string().min(32),
  internal_service_token: z.string().min(32),
  /** Opens metrics and the detail of health. A Podex of an older version has none until its next start. */
  metrics_token: z.string().min(32).optional(),
  /** Of the first administrator, where the operator names none. */
  admin_email: z.email(),
  admin_password: z.string().min(8),
});

/** What Podex makes for itself when the operator sets no variable of that meaning. */
export type Secrets = z.infer<typeof secretsFile>;

/**
 * Reads the secrets, or makes them. They are never made a second time: sessions, internal calls and the
 * administrator's password depend on them.
 *
 * @throws CliError when the file is damaged.
 */
export async function openSecrets(file: string): Promise<Secrets> {
  const known = await readJsonFile(file, secretsFile);
  if (known?.metrics_token) return known;
  if (known) {
    const completed = { ...known, metrics_token: randomKey() };
    await writeJsonFile(file, completed, 0o600);
    return completed;
  }
  const secrets: Secrets = {
    jwt_secret_key: randomKey(),
    compute_internal_api_key: randomKey(),
    internal_service_token: randomKey(),
    metrics_token: randomKey(),
    admin_email: DEFAULT_ADMIN_EMAIL,
    admin_password: randomPassword(),
  };
  await writeJsonFile(file, secrets, 0o600);
  return secrets;
}

/** The secrets of a Podex that has been started before; undefined before that. */
export function readSecrets(file: string): Promise<Secrets | undefined> {
  return readJsonFile(file, secretsFile);
}

export function randomKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** 32 letters and digits, without those that are mistaken for each other; so a byte falls on each equally often. */
const PASSWORD_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/** 100 bits, in groups that can be read out. */
export function randomPassword(): string {
  const group = () =>
    Array.from(randomBytes(5), (byte) => PASSWORD_ALPHABET.charAt(byte % PASSWORD_ALPHABET.length)).join('');
  return [group(), group(), group(), group()].join('-');
}
