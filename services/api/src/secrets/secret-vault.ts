import { PodexError } from '@podex/contracts/errors';
import {
  SECRETS_BYTES_PER_OWNER_MAX,
  SECRETS_PER_OWNER_MAX,
  type Secret,
  type SecretsRotation,
} from '@podex/contracts/secrets';
import { bytesOf } from '@podex/contracts/text';
import type { Db, Tx } from '../database/connect.ts';
import { openSecret, rewrapKey, sealSecret, UnreadableSecret } from './envelope.ts';
import type { KeyRing } from './key-ring.ts';
import type { SecretOwner } from './secret-owner.ts';
import {
  countSecretsUnderOtherKeys,
  deleteSecret,
  findSecret,
  listSealedSecrets,
  listSecrets,
  lockSecretsOf,
  lockSecretsUnderOtherKeys,
  putSecret,
  type SecretRow,
  setWrappedKey,
  sumOtherSecrets,
  type WrappedRow,
} from './secret-store.ts';

const ROTATION_BATCH = 200;
const NAMES_IN_NOTICE = 5;

export interface DecryptedSecrets {
  values: Record<string, string>;
  /** What of them could not be decrypted, and what helps; null when all could. */
  notice: string | null;
}

/** Keeps secrets encrypted. Whose they are, and who may change them, is decided by its callers. */
export class SecretVault {
  readonly #keys: KeyRing | undefined;

  /** Without keys there are no secrets: everything but what a start needs is refused. */
  constructor(keys: KeyRing | undefined) {
    this.#keys = keys;
  }

  get hasKeys(): boolean {
    return this.#keys !== undefined;
  }

  /** @throws PodexError secrets_not_configured. */
  requireKeys(): KeyRing {
    if (this.#keys !== undefined) return this.#keys;
    throw notConfigured();
  }

  async list(db: Db | Tx, owner: SecretOwner): Promise<Secret[]> {
    this.requireKeys();
    return (await listSecrets(db, owner)).map(present);
  }

  /** @throws PodexError secret_not_found. */
  async get(db: Db | Tx, owner: SecretOwner, name: string): Promise<Secret> {
    this.requireKeys();
    const row = await findSecret(db, owner, name);
    if (row === undefined) throw notFound(name);
    return present(row);
  }

  /** @throws PodexError limit_reached. */
  async set(
    tx: Tx,
    owner: SecretOwner,
    name: string,
    value: string,
  ): Promise<{ secret: Secret; isNew: boolean }> {
    const keys = this.requireKeys();
    await lockSecretsOf(tx, owner);
    const valueBytes = bytesOf(value);
    const others = await sumOtherSecrets(tx, owner, name);
    requireRoom(others.count + 1, others.bytes + valueBytes + name.length);
    const version = ((await findSecret(tx, owner, name))?.version ?? 0) + 1;
    const sealed = sealSecret(keys, { owner, name, version }, value);
    await putSecret(tx, { owner, name, version, valueBytes, ...sealed });
    return { secret: await this.get(tx, owner, name), isNew: version === 1 };
  }

  /** All that a new owner begins with. @throws PodexError limit_reached. */
  async setAll(tx: Tx, owner: SecretOwner, values: Readonly<Record<string, string>>): Promise<void> {
    const entries = Object.entries(values);
    requireRoom(
      entries.length,
      entries.reduce((sum, [name, value]) => sum + name.length + bytesOf(value), 0),
    );
    await this.adopt(tx, owner, values);
  }

  /** What an older Podex kept in clear, however much it is. A secret that is there stays. */
  async adopt(tx: Tx, owner: SecretOwner, values: Readonly<Record<string, string>>): Promise<void> {
    const keys = this.requireKeys();
    await lockSecretsOf(tx, owner);
    const known = new Set((await listSecrets(tx, owner)).map(({ name }) => name));
    for (const [name, value] of Object.entries(values)) {
      if (known.has(name)) continue;
      const sealed = sealSecret(keys, { owner, name, version: 1 }, value);
      await putSecret(tx, { owner, name, version: 1, valueBytes: bytesOf(value), ...sealed });
    }
  }

  /** @throws PodexError secret_not_found. */
  async delete(tx: Tx, owner: SecretOwner, name: string): Promise<void> {
    this.requireKeys();
    if (!(await deleteSecret(tx, owner, name))) throw notFound(name);
  }

  /** The values of all these owners, those of a later one in place of an earlier one’s of the same name. */
  async decrypt(db: Db | Tx, owners: readonly SecretOwner[]): Promise<DecryptedSecrets> {
    const values: Record<string, string> = {};
    const problems: string[] = [];
    for (const owner of owners) {
      for (const row of await listSealedSecrets(db, owner)) {
        try {
          const sealed = { ...wrappedOf(row), sealedValue: row.sealed_value };
          values[row.name] = openSecret(this.requireKeys(), { owner, ...row }, sealed);
        } catch (error) {
          problems.push(problemOf(error));
        }
      }
    }
    return { values, notice: noticeOf(problems) };
  }

  /** One batch: it can be stopped and gone on with at any time, and secrets can be read and set meanwhile. */
  async rotate(tx: Tx, after: number): Promise<SecretsRotation> {
    const keys = this.requireKeys();
    const keyId = keys.current.id;
    const rows = await lockSecretsUnderOtherKeys(tx, { keyId, after, limit: ROTATION_BATCH });
    let rewrapped = 0;
    for (const row of rows) {
      const key = rewrapIfReadable(keys, row);
      if (key === undefined) continue;
      await setWrappedKey(tx, row.id, key);
      rewrapped += 1;
    }
    const isOver = rows.length < ROTATION_BATCH;
    return {
      rewrapped,
      unreadable: rows.length - rewrapped,
      remaining: await countSecretsUnderOtherKeys(tx, keyId),
      next: isOver ? null : (rows.at(-1)?.id ?? null),
    };
  }
}

function rewrapIfReadable(keys: KeyRing, row: WrappedRow) {
  try {
    const owner = { kind: row.owner_kind, id: row.owner_id };
    return rewrapKey(keys, { owner, name: row.name, version: row.version }, wrappedOf(row));
  } catch (error) {
    if (error instanceof UnreadableSecret) return undefined;
    throw error;
  }
}

function wrappedOf({ key_id: keyId, wrapped_key: wrappedKey }: WrappedRow) {
  return { keyId, wrappedKey };
}

function problemOf(error: unknown): string {
  if (PodexError.has(error, 'secrets_not_configured')) return error.message;
  if (!(error instanceof UnreadableSecret)) throw error;
  const cure =
    error.why === 'unknown_key'
      ? 'Ask an admin to add that key to SECRETS_KEY_PREVIOUS, or set the secret again.'
      : 'Set it again.';
  return `${error.message} ${cure}`;
}

function noticeOf(problems: readonly string[]): string | null {
  const distinct = [...new Set(problems)];
  if (distinct.length === 0) return null;
  const more = distinct.length - NAMES_IN_NOTICE;
  const rest = more > 0 ? [`${more} more secrets cannot be decrypted.`] : [];
  return [...distinct.slice(0, NAMES_IN_NOTICE), ...rest].join(' ');
}

function requireRoom(count: number, bytes: number): void {
  if (count > SECRETS_PER_OWNER_MAX) {
    throw new PodexError(
      'limit_reached',
      `There can be ${SECRETS_PER_OWNER_MAX} secrets here. Delete one that is not needed.`,
      { limit: 'secrets', max: SECRETS_PER_OWNER_MAX, used: count - 1 },
    );
  }
  if (bytes > SECRETS_BYTES_PER_OWNER_MAX) {
    throw new PodexError(
      'limit_reached',
      `All secrets together can have ${SECRETS_BYTES_PER_OWNER_MAX / 1024} KB here. Put a large one into a file of the workspace.`,
      { limit: 'secret_bytes', max: SECRETS_BYTES_PER_OWNER_MAX },
    );
  }
}

function notConfigured(): PodexError {
  return new PodexError(
    'secrets_not_configured',
    'Secrets are not set up. Ask an admin to set SECRETS_KEY on api; openssl rand -base64 32 makes one.',
    { variable: 'SECRETS_KEY' },
  );
}

function notFound(name: string): PodexError {
  return new PodexError('secret_not_found', `There is no secret ${name}.`, {});
}

function present({ name, created_at: createdAt, updated_at: updatedAt }: SecretRow): Secret {
  return { name, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}
