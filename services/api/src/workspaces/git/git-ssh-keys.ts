import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import {
  type AcceptGitHostKeyInput,
  type AddGitSshKeyInput,
  GIT_SSH_KEYS_PER_USER_MAX,
  type GitSshKey,
} from '@podex/contracts/git-ssh-keys';
import { type GitSshKeyId, gitSshKeyId, newId, userId, type WorkspaceId } from '@podex/contracts/ids';
import type {
  GitAnswer,
  GitSshKeyQuestion,
  GitSshSignQuestion,
} from '@podex/contracts/internal/git-credentials';
import { requireLasting } from '../../accounts/lasting-credential.ts';
import { type AuditFact, appendAudit, SYSTEM } from '../../audit/append-audit.ts';
import type { Bus } from '../../bus/bus.ts';
import type { Call } from '../../calls/call.ts';
import { createOnce } from '../../calls/idempotency-store.ts';
import { RATE_LIMITS, requireBelow } from '../../calls/rate-limits.ts';
import type { Db } from '../../database/connect.ts';
import type { Transact, Work } from '../../database/transact.ts';
import type { SecretOwner } from '../../secrets/secret-owner.ts';
import type { SecretVault } from '../../secrets/secret-vault.ts';
import { appendWorkspaceAudit } from '../record/workspace-audit.ts';
import {
  deleteGitSshKey,
  findGitSshKey,
  type GitSshKeyRow,
  insertGitSshKey,
  listGitSshKeys,
  lockGitSshKeysOf,
  setHostKey,
  touchGitSshKey,
} from './git-ssh-key-store.ts';
import { isOwnersAlone, lockRunning } from './own-workspace.ts';
import {
  ED25519,
  fingerprintOf,
  isSignedByHost,
  keyOfLine,
  lineOfKey,
  readAuthentication,
  wireString,
} from './ssh-wire.ts';

const PAGE = 'Account → Git credentials';

export interface GitSshKeysOptions {
  db: Db;
  bus: Pick<Bus, 'hit'>;
  transact: Transact;
  vault: SecretVault;
}

/**
 * Keys that people’s git connects with over SSH. The private half goes nowhere: what a connection needs signed is signed here, once the
 * host has proven by its own key that it is at the other end, and only where the workspace’s owner alone gets in.
 */
export class GitSshKeys {
  readonly #options: GitSshKeysOptions;

  constructor(options: GitSshKeysOptions) {
    this.#options = options;
  }

  async list({ actor }: Call): Promise<GitSshKey[]> {
    return (await listGitSshKeys(this.#options.db, actor.userId)).map(present);
  }

  /** @throws PodexError conflict, limit_reached, rate_limited, secrets_not_configured. */
  async add({ host, repository }: AddGitSshKeyInput, call: Call): Promise<GitSshKey> {
    const { vault } = this.#options;
    const owner = call.actor.userId;
    return this.#change(call, async (work) => {
      const newKey = newId('gitSshKey');
      const id = await createOnce(work.tx, call, { id: newKey, schema: gitSshKeyId }, async () => {
        const known = await listGitSshKeys(work.tx, owner);
        requireRoom(known, { host, repository });
        const { publicKey, privateKey } = makeKey();
        await vault.set(work.tx, ownerOf(owner), secretName(newKey), privateKey);
        const hostKey = known.find((one) => one.host === host && one.host_key !== null)?.host_key ?? null;
        await insertGitSshKey(work.tx, { id: newKey, userId: owner, host, repository, publicKey, hostKey });
        appendAudit(work, call, factOf('secret.created', { id: newKey, host }));
      });
      return present(await getRow(work, owner, id));
    });
  }

  /** @throws PodexError ssh_key_not_found, rate_limited. */
  async delete(id: GitSshKeyId, call: Call): Promise<void> {
    await this.#change(call, async (work) => {
      const row = await getRow(work, call.actor.userId, id);
      await deleteGitSshKey(work.tx, call.actor.userId, id);
      await this.#options.vault.delete(work.tx, ownerOf(call.actor.userId), secretName(id));
      appendAudit(work, call, factOf('secret.deleted', row));
    });
  }

  /** @throws PodexError ssh_key_not_found, conflict, rate_limited. */
  async acceptHost(id: GitSshKeyId, { fingerprint }: AcceptGitHostKeyInput, call: Call): Promise<GitSshKey> {
    return this.#setHostKey(id, call, ({ host, offered_host_key: offered }) => {
      if (offered !== null && presentHostKey(offered)?.fingerprint === fingerprint) return offered;
      throw new PodexError(
        'conflict',
        `${host} did not show a key with this fingerprint. Reload the page, and compare what it shows now.`,
        { reason: 'other_host_key' },
      );
    });
  }

  /** @throws PodexError ssh_key_not_found, rate_limited. */
  async forgetHost(id: GitSshKeyId, call: Call): Promise<GitSshKey> {
    return this.#setHostKey(id, call, () => null);
  }

  /** @throws PodexError workspace_not_found, workspace_not_running, rate_limited. */
  async answer(id: WorkspaceId, question: GitSshKeyQuestion | GitSshSignQuestion): Promise<GitAnswer> {
    const { bus, transact, vault } = this.#options;
    await requireBelow(bus, RATE_LIMITS.gitQuestionsOfWorkspace, id);
    if (!vault.hasKeys) return { kind: 'none' };
    return transact(async (work) => {
      const workspace = await lockRunning(work.tx, id);
      const row =
        question.kind === 'ssh_key'
          ? keyFor(await listGitSshKeys(work.tx, workspace.owner_id), question)
          : await findGitSshKey(work.tx, workspace.owner_id, question.key_id);
      if (row === undefined) return { kind: 'none' };
      if (!(await isOwnersAlone(work.tx, workspace))) return refused(othersGetIn(row.host));
      if (question.kind === 'ssh_key')
        return { kind: 'ssh_key', key_id: row.id, public_key: row.public_key, host_key: row.host_key };
      const answer = await this.#sign(work, row, question);
      const details = { git_host: row.host, server: workspace.server_id };
      if (answer.kind === 'signature') appendWorkspaceAudit(work, SYSTEM, workspace, 'secret.used', details);
      return answer;
    });
  }

  /** A workspace may say anything: only what the accepted host is proven to have at its end is signed. */
  async #sign(work: Work, row: GitSshKeyRow, question: GitSshSignQuestion): Promise<GitAnswer> {
    const data = Buffer.from(question.data, 'base64');
    const hostKey = Buffer.from(question.host_key, 'base64');
    const asked = readAuthentication(data);
    const isOurs = asked?.key.equals(keyOfLine(row.public_key).key) === true;
    const isOfHost = asked?.hostKey === undefined || asked.hostKey.equals(hostKey);
    if (asked === undefined || !isOurs || !isOfHost)
      return refused('Your git SSH keys sign in to git hosts, and sign nothing else.');
    if (!isSignedByHost(hostKey, asked.sessionId, Buffer.from(question.host_signature, 'base64')))
      return refused(`${row.host} did not prove who it is. Try again, or use an https address.`);
    const line = lineOfKey(hostKey);
    if (row.host_key === null) {
      await setHostKey(work.tx, { userId: row.user_id, host: row.host }, { offered_host_key: line });
      return refused(notAccepted(row.host, fingerprintOf(hostKey)));
    }
    if (row.host_key !== line) return refused(otherHostKey(row.host));
    const owner = ownerOf(row.user_id);
    const { values, notice } = await this.#options.vault.decrypt(work.tx, [owner]);
    const privateKey = values[secretName(row.id)];
    if (privateKey === undefined) return refused(notice ?? 'The SSH key is gone. Make a new one.');
    await touchGitSshKey(work.tx, row);
    const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
    const signature = Buffer.concat([wireString(ED25519), wireString(sign(null, data, key))]);
    return { kind: 'signature', signature: signature.toString('base64') };
  }

  async #setHostKey(
    id: GitSshKeyId,
    call: Call,
    choose: (row: GitSshKeyRow) => string | null,
  ): Promise<GitSshKey> {
    const owner = call.actor.userId;
    return this.#change(call, async (work) => {
      const row = await getRow(work, owner, id);
      const keys = { host_key: choose(row), offered_host_key: null };
      await setHostKey(work.tx, { userId: owner, host: row.host }, keys);
      appendAudit(work, call, factOf('secret.changed', row));
      return present(await getRow(work, owner, id));
    });
  }

  async #change<Result>(call: Call, change: (work: Work) => Promise<Result>): Promise<Result> {
    const { bus, transact, vault } = this.#options;
    requireLasting(call.actor);
    vault.requireKeys();
    await requireBelow(bus, RATE_LIMITS.secretChangesOfUser, call.actor.userId);
    return transact(async (work) => {
      await lockGitSshKeysOf(work.tx, call.actor.userId);
      return change(work);
    });
  }
}

function makeKey(): { publicKey: string; privateKey: string } {
  const pair = generateKeyPairSync('ed25519');
  const bytes = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const blob = Buffer.concat([wireString(ED25519), wireString(bytes)]);
  const privateKey = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
  return { publicKey: `${ED25519} ${blob.toString('base64')}`, privateKey };
}

/** That of the repository goes before that of its host. */
function keyFor(rows: readonly GitSshKeyRow[], question: GitSshKeyQuestion): GitSshKeyRow | undefined {
  const host = question.host.toLowerCase();
  const repository = question.repository
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
  const ofHost = rows.filter((row) => row.host === host);
  return ofHost.find((row) => row.repository === repository) ?? ofHost.find((row) => row.repository === null);
}

function requireRoom(rows: readonly GitSshKeyRow[], place: Pick<GitSshKeyRow, 'host' | 'repository'>): void {
  if (rows.some((row) => row.host === place.host && row.repository === place.repository)) {
    const where = place.repository === null ? place.host : `${place.repository} at ${place.host}`;
    throw new PodexError('conflict', `You have an SSH key for ${where} already. Delete it first.`, {
      reason: 'git_ssh_key_exists',
    });
  }
  if (rows.length < GIT_SSH_KEYS_PER_USER_MAX) return;
  throw new PodexError(
    'limit_reached',
    `You have ${GIT_SSH_KEYS_PER_USER_MAX} SSH keys for git. Delete one that you no longer use.`,
    { limit: 'git_ssh_keys', max: GIT_SSH_KEYS_PER_USER_MAX, used: rows.length },
  );
}

/** @throws PodexError ssh_key_not_found. */
async function getRow(work: Work, owner: string, id: string): Promise<GitSshKeyRow> {
  const row = await findGitSshKey(work.tx, owner, id);
  if (row !== undefined) return row;
  throw new PodexError('ssh_key_not_found', 'There is no such SSH key in your account.', {});
}

function ownerOf(id: string): SecretOwner {
  return { kind: 'git', id: userId.parse(id) };
}

/** Among what a person’s git signs in with; no host has this name. */
function secretName(id: string): string {
  return `@ssh:${id}`;
}

function factOf(action: AuditFact['action'], { id, host }: { id: string; host: string }): AuditFact {
  return { action, target: { kind: 'secret', id, name: host }, details: { owner: 'git', via: 'ssh' } };
}

function present(row: GitSshKeyRow): GitSshKey {
  return {
    id: gitSshKeyId.parse(row.id),
    host: row.host,
    repository: row.repository,
    public_key: row.public_key,
    fingerprint: fingerprintOf(keyOfLine(row.public_key).key),
    host_key: presentHostKey(row.host_key),
    offered_host_key: presentHostKey(row.offered_host_key),
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
  };
}

function presentHostKey(line: string | null): GitSshKey['host_key'] {
  if (line === null) return null;
  const { type, key } = keyOfLine(line);
  return { type, fingerprint: fingerprintOf(key) };
}

function refused(reason: string): GitAnswer {
  return { kind: 'refused', reason };
}

function othersGetIn(host: string): string {
  return `Your SSH key for ${host} is not used in a workspace that is shared or a team’s: all its people could use it. Use one that is yours alone.`;
}

function notAccepted(host: string, fingerprint: string): string {
  return `You have not accepted the key of ${host} yet. It shows ${fingerprint}: compare that with what the host publishes, accept it at ${PAGE}, and try again.`;
}

function otherHostKey(host: string): string {
  return `${host} shows another key than the one that you accepted. Someone may stand between. If the host announced a new key, forget the accepted one at ${PAGE}, and try again.`;
}
