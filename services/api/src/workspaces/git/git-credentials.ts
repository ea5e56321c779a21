import {
  type GitCredential,
  gitHost,
  type SetGitCredentialInput,
  setGitCredentialInput,
} from '@podex/contracts/git-credentials';
import type { WorkspaceId } from '@podex/contracts/ids';
import type { GitAnswer, GitCredentialQuestion } from '@podex/contracts/internal/git-credentials';
import type { Secret } from '@podex/contracts/secrets';
import type { GithubAccess } from '../../accounts/github-access.ts';
import { type AuditFact, appendAudit, SYSTEM } from '../../audit/append-audit.ts';
import type { Bus } from '../../bus/bus.ts';
import type { Call } from '../../calls/call.ts';
import { RATE_LIMITS, requireBelow } from '../../calls/rate-limits.ts';
import type { Db } from '../../database/connect.ts';
import type { Transact, Work } from '../../database/transact.ts';
import type { SecretOwner } from '../../secrets/secret-owner.ts';
import type { SecretVault } from '../../secrets/secret-vault.ts';
import { appendWorkspaceAudit } from '../record/workspace-audit.ts';
import { noteOwnSecrets } from '../record/workspace-environment-store.ts';
import { isOwnersAlone, lockRunning } from './own-workspace.ts';

const NONE: GitAnswer = { kind: 'none' };

export interface GitCredentialsOptions {
  db: Db;
  bus: Pick<Bus, 'hit'>;
  transact: Transact;
  vault: SecretVault;
  githubAccess: Pick<GithubAccess, 'credentialFor'>;
}

/**
 * What people’s git signs in with, by host. It goes into a workspace on git’s question alone, for the host that git named, and only where
 * its owner alone gets in: all who can run something there could ask.
 */
export class GitCredentials {
  readonly #options: GitCredentialsOptions;

  constructor(options: GitCredentialsOptions) {
    this.#options = options;
  }

  async list({ actor }: Call): Promise<GitCredential[]> {
    const { db, vault } = this.#options;
    const kept = await vault.list(db, ownerOf(actor.userId));
    return kept.filter(({ name }) => gitHost.safeParse(name).success).map(present);
  }

  /** @throws PodexError limit_reached, rate_limited, secrets_not_configured. */
  async set(host: string, input: SetGitCredentialInput, call: Call): Promise<GitCredential> {
    return this.#change(call, async (work, owner) => {
      const { secret, isNew } = await this.#options.vault.set(work.tx, owner, host, JSON.stringify(input));
      appendAudit(work, call, factOf(isNew ? 'secret.created' : 'secret.changed', host));
      return present(secret);
    });
  }

  /** @throws PodexError secret_not_found, rate_limited. */
  async delete(host: string, call: Call): Promise<void> {
    await this.#change(call, async (work, owner) => {
      await this.#options.vault.delete(work.tx, owner, host);
      appendAudit(work, call, factOf('secret.deleted', host));
    });
  }

  /**
   * The answer to git in a workspace. From when it is given, and until the workspace has stopped, nobody else is let in: what runs there may
   * still hold it.
   *
   * @throws PodexError workspace_not_found, workspace_not_running, rate_limited.
   */
  async answer(id: WorkspaceId, { protocol, host }: GitCredentialQuestion): Promise<GitAnswer> {
    const { bus, transact, vault } = this.#options;
    await requireBelow(bus, RATE_LIMITS.gitQuestionsOfWorkspace, id);
    if (!vault.hasKeys) return NONE;
    return transact(async (work) => {
      const workspace = await lockRunning(work.tx, id);
      const name = host.toLowerCase();
      const { values, notice } = await vault.decrypt(work.tx, [ownerOf(workspace.owner_id)]);
      const found = ownCredential(values, name) ?? this.#ofGithub({ protocol, host: name }, values);
      if (found === undefined) return notice === null ? NONE : refused(notice);
      if (!(await isOwnersAlone(work.tx, workspace))) return refused(othersGetIn(name));
      const { username, token, allow_http: isHttpAllowed } = found;
      if (protocol !== 'https' && !(protocol === 'http' && isHttpAllowed)) return refused(onlyHttps(name));
      await noteOwnSecrets(work.tx, id);
      const details = { git_host: name, server: workspace.server_id };
      appendWorkspaceAudit(work, SYSTEM, workspace, 'secret.used', details);
      return { kind: 'given', username, password: token };
    });
  }

  /** Where the operator’s GitHub has no https, its address is the operator’s word. */
  #ofGithub(
    question: { protocol: string; host: string },
    values: Readonly<Record<string, string>>,
  ): SetGitCredentialInput | undefined {
    const found = this.#options.githubAccess.credentialFor(question, values);
    return found && { ...found, allow_http: true };
  }

  async #change<Result>(
    call: Call,
    change: (work: Work, owner: SecretOwner) => Promise<Result>,
  ): Promise<Result> {
    const { bus, transact } = this.#options;
    await requireBelow(bus, RATE_LIMITS.secretChangesOfUser, call.actor.userId);
    return transact((work) => change(work, ownerOf(call.actor.userId)));
  }
}

/** What a person typed in goes before what GitHub gave. */
function ownCredential(
  values: Readonly<Record<string, string>>,
  host: string,
): SetGitCredentialInput | undefined {
  if (!gitHost.safeParse(host).success || !Object.hasOwn(values, host)) return undefined;
  return setGitCredentialInput.parse(JSON.parse(values[host] ?? ''));
}

function ownerOf(id: Call['actor']['userId']): SecretOwner {
  return { kind: 'git', id };
}

function present({ name, ...dates }: Secret): GitCredential {
  return { host: name, ...dates };
}

function factOf(action: AuditFact['action'], host: string): AuditFact {
  return { action, target: { kind: 'secret', name: host }, details: { owner: 'git' } };
}

function refused(reason: string): GitAnswer {
  return { kind: 'refused', reason };
}

function othersGetIn(host: string): string {
  return `Your git credentials for ${host} are not given to a workspace that is shared or a team’s: all its people could use them. Use one that is yours alone, or sign in here with a token of its own.`;
}

function onlyHttps(host: string): string {
  return `Your git credentials for ${host} are only given to an address that begins with https.`;
}
