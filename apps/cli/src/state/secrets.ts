import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';

const KEY_BYTES = 32;

/** What two parts show each other, or what signs. */
const key = z.string().min(32).default(randomKey);

/** A line each: how it must look, and how one is made that is not there yet. */
const secretsFile = z.object({
  jwt_secret_key: key,
  compute_internal_api_key: key,
  internal_service_token: key,
  /** Encrypts the secrets of people and workspaces. Lost, they are lost. */
  secrets_key: key,
  /** Encrypts the key of the certificate authority of servers that joined. Lost, they must join again. */
  compute_ca_key_secret: key,
  /** What it was before, newest first, with commas between them. */
  secrets_key_previous: z.string().optional(),
  /** Opens metrics and the detail of health. */
  metrics_token: key,
  /** Of the first administrator, where the operator names none. */
  admin_email: z.email().default('admin@podex.local'),
  admin_password: z.string().min(8).default(randomPassword),
});
const anySecrets = z.record(z.string(), z.unknown());

/** What Podex makes for itself when the operator sets no variable of that meaning. */
export type Secrets = z.infer<typeof secretsFile>;

/**
 * Reads the secrets, and makes those that are missing: all at the first start, later those that a newer Podex needs.
 * None is made a second time: sessions, internal calls and the administrator's password depend on them.
 *
 * @throws CliError when the file is damaged.
 */
export async function openSecrets(file: string): Promise<Secrets> {
  const known = (await readJsonFile(file, anySecrets)) ?? {};
  const secrets = (await readSecrets(file)) ?? makeSecrets();
  const isComplete = Object.keys(secrets).every((name) => name in known);
  if (!isComplete) await writeJsonFile(file, { ...known, ...secrets }, 0o600);
  return secrets;
}

/**
 * The secrets of a Podex that has been started before; undefined before that. One that this start did not make yet is
 * a fresh value, which nobody else knows.
 */
export function readSecrets(file: string): Promise<Secrets | undefined> {
  return readJsonFile(file, secretsFile);
}

/**
 * Makes a new key of secrets and keeps the former ones beside it: what they encrypted must be read until it is rotated.
 *
 * @throws CliError when Podex has never been started here, or the file is damaged.
 */
export async function renewSecretsKey(file: string): Promise<void> {
  const known = await readJsonFile(file, anySecrets);
  const secrets = await readSecrets(file);
  if (secrets === undefined) {
    throw new CliError('Podex has not been started here, so there is no key yet', {
      cure: ['podex up --detach', 'or name the folder of its state with PODEX_HOME'],
      exitCode: EXIT.notRunning,
    });
  }
  const { secrets_key: former, secrets_key_previous: older } = secrets;
  const previous = [former, ...(older === undefined ? [] : [older])].join(',');
  const renewed = { ...known, ...secrets, secrets_key: randomKey(), secrets_key_previous: previous };
  await writeJsonFile(file, renewed, 0o600);
}

/** Fresh ones, kept nowhere. */
export function makeSecrets(): Secrets {
  return secretsFile.parse({});
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
