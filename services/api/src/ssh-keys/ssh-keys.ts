import { PodexError } from '@podex/contracts/errors';
import { newId, type SshKeyId, sshKeyId, type UserId, type WorkspaceId } from '@podex/contracts/ids';
import { type AddSshKeyInput, SSH_KEYS_PER_USER_MAX, type SshKey, sshKeyType } from '@podex/contracts/ssh';
import { isName } from '@podex/contracts/text';
import { listPeople } from '../access/people-store.ts';
import { requireLasting } from '../accounts/lasting-credential.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { Call } from '../calls/call.ts';
import { createOnce } from '../calls/idempotency-store.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import {
  deleteSshKey,
  findSshKey,
  insertSshKey,
  listSshKeys,
  lockSshKeysOf,
  type SshKeyRow,
  touchSshKeys,
} from './ssh-key-store.ts';
import { parsePublicKey, type SshPublicKey } from './ssh-public-key.ts';

const NAME_CHARACTERS_MAX = 100;

/** The public keys with which a person connects to workspaces. */
export class SshKeyService {
  readonly #db: Db;
  readonly #transact: Transact;

  constructor({ db, transact }: { db: Db; transact: Transact }) {
    this.#db = db;
    this.#transact = transact;
  }

  async list({ actor }: Call): Promise<{ items: SshKey[]; next: null }> {
    return { items: (await listSshKeys(this.#db, actor.userId)).map(presentSshKey), next: null };
  }

  /** @throws PodexError invalid_request, ssh_key_exists, limit_reached. */
  async add({ name, public_key: line }: AddSshKeyInput, call: Call): Promise<SshKey> {
    requireLasting(call.actor);
    const { userId } = call.actor;
    const key = parsePublicKey(line);
    const id = await this.#transact((work) => {
      const newKey = newId('sshKey');
      return createOnce(work.tx, call, { id: newKey, schema: sshKeyId }, async () => {
        await lockSshKeysOf(work.tx, userId);
        await requireRoom(work.tx, userId, key);
        const shown = name ?? nameOf(key);
        const { type, base64: publicKey, fingerprint } = key;
        await insertSshKey(work.tx, { id: newKey, userId, name: shown, type, publicKey, fingerprint });
        appendAudit(work, call, {
          action: 'ssh_key.added',
          target: { kind: 'ssh_key', id: newKey, name: shown },
          details: { fingerprint },
        });
      });
    });
    const row = await findSshKey(this.#db, userId, id);
    if (row === undefined) throw notFound();
    return presentSshKey(row);
  }

  /** @throws PodexError ssh_key_not_found. */
  async remove(id: SshKeyId, call: Call): Promise<void> {
    requireLasting(call.actor);
    await this.#transact(async (work) => {
      const removed = await deleteSshKey(work.tx, call.actor.userId, id);
      if (removed === undefined) throw notFound();
      appendAudit(work, call, {
        action: 'ssh_key.removed',
        target: { kind: 'ssh_key', id, name: removed.name },
        details: { fingerprint: removed.fingerprint },
      });
    });
  }

  /**
   * The keys for one connection of this person: type and base64, as one line of an authorized_keys file.
   *
   * @throws PodexError ssh_key_missing.
   */
  async forConnection(userId: UserId): Promise<string[]> {
    const rows = await listSshKeys(this.#db, userId);
    if (rows.length > 0) return rows.map((row) => `${row.type} ${row.public_key}`);
    throw new PodexError(
      'ssh_key_missing',
      'Your account has no SSH key. Add one on the account page, or with podex ssh-keys add.',
      {},
    );
  }

  /** A workspace may say anything: what it tells moves the last use of keys of its own people alone. */
  async signedIn(id: WorkspaceId, fingerprint: string): Promise<void> {
    const userIds = await listPeople(this.#db, id);
    if (userIds.length > 0) await touchSshKeys(this.#db, { userIds, fingerprint });
  }
}

async function requireRoom(tx: Tx, userId: UserId, { fingerprint }: SshPublicKey): Promise<void> {
  const rows = await listSshKeys(tx, userId);
  const same = rows.find((row) => row.fingerprint === fingerprint);
  if (same !== undefined) {
    throw new PodexError('ssh_key_exists', `Your account has this key already: ${same.name}.`, {
      fingerprint,
    });
  }
  if (rows.length < SSH_KEYS_PER_USER_MAX) return;
  throw new PodexError(
    'limit_reached',
    `Your account has ${SSH_KEYS_PER_USER_MAX} SSH keys. Remove one that you no longer use.`,
    { limit: 'ssh_keys', max: SSH_KEYS_PER_USER_MAX, used: rows.length },
  );
}

/** Comments are for people, and may be anything. */
function nameOf({ comment, type }: SshPublicKey): string {
  const name = comment.normalize('NFC').slice(0, NAME_CHARACTERS_MAX).trim();
  return name !== '' && isName(name) ? name : type;
}

function notFound(): PodexError {
  return new PodexError('ssh_key_not_found', 'There is no such SSH key in your account.', {});
}

function presentSshKey(row: SshKeyRow): SshKey {
  return {
    id: sshKeyId.parse(row.id),
    name: row.name,
    type: sshKeyType.parse(row.type),
    fingerprint: row.fingerprint,
    public_key: `${row.type} ${row.public_key}`,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
  };
}
