import { PodexError } from '@podex/contracts/errors';
import type { EndedGithubAccess, GithubAccess as Shown } from '@podex/contracts/git-credentials';
import { userId } from '@podex/contracts/ids';
import type { Logger } from '@podex/service-kit/logger';
import { z } from 'zod';
import { type AuditBy, appendAudit } from '../audit/append-audit.ts';
import type { Call } from '../calls/call.ts';
import type { Db } from '../database/connect.ts';
import type { Transact, Work } from '../database/transact.ts';
import type { SecretOwner } from '../secrets/secret-owner.ts';
import type { SecretVault } from '../secrets/secret-vault.ts';
import { type GithubOptions, revokeGrant } from './providers/github.ts';

/** Among what a person’s git signs in with; no host has this name. */
export const GITHUB_GRANT = '@github';
/** GitHub takes any user name with a token. */
const USERNAME = 'x-access-token';

const grant = z.object({ token: z.string().min(1) });

export interface GithubAccessOptions {
  db: Db;
  transact: Transact;
  vault: SecretVault;
  /** Undefined: sign-in with GitHub is not set up. */
  github: GithubOptions | undefined;
  logger: Logger;
}

/** What was deleted here and is to end at GitHub. The token is undefined where it could not be read any more. */
export interface ForgottenGrant {
  token: string | undefined;
}

/** What people allowed Podex at GitHub beside signing in: their private repositories. The token is kept as their secrets are. */
export class GithubAccess {
  readonly #options: GithubAccessOptions;
  readonly #url: URL | undefined;

  constructor(options: GithubAccessOptions) {
    this.#options = options;
    this.#url = options.github && new URL(options.github.baseUrl);
  }

  async show({ actor }: Call): Promise<Shown> {
    const { db, vault } = this.#options;
    if (this.#url === undefined || !vault.hasKeys) return { host: null, allowed_at: null };
    const kept = (await vault.list(db, ownerOf(actor.userId))).find(({ name }) => name === GITHUB_GRANT);
    return { host: this.#url.host, allowed_at: kept?.updated_at ?? null };
  }

  /** @throws PodexError secrets_not_configured, limit_reached. */
  async keep(token: string, by: { userId: string; email: string }): Promise<void> {
    const { transact, vault } = this.#options;
    await transact(async (work) => {
      const value = JSON.stringify({ token } satisfies z.input<typeof grant>);
      const { isNew } = await vault.set(work.tx, ownerOf(by.userId), GITHUB_GRANT, value);
      this.#record(work, { actor: by }, isNew ? 'secret.created' : 'secret.changed');
    });
  }

  /** @throws PodexError secret_not_found. */
  async remove(call: Call): Promise<EndedGithubAccess> {
    const forgotten = await this.#options.transact((work) => this.forget(work, call.actor.userId, call));
    if (forgotten !== undefined) return { revoked: await this.revoke(forgotten) };
    throw new PodexError('secret_not_found', 'GitHub gave no access to repositories.', {});
  }

  /** With the account at GitHub that it came from. @returns what there was, to be revoked after the transaction. */
  async forget(work: Work, id: string, by: AuditBy): Promise<ForgottenGrant | undefined> {
    const { vault } = this.#options;
    const owner = ownerOf(id);
    if (!vault.hasKeys) return undefined;
    const kept = await vault.list(work.tx, owner);
    if (!kept.some(({ name }) => name === GITHUB_GRANT)) return undefined;
    const { values } = await vault.decrypt(work.tx, [owner]);
    await vault.delete(work.tx, owner, GITHUB_GRANT);
    this.#record(work, by, 'secret.deleted');
    return { token: tokenIn(values) };
  }

  /** Never throws: what Podex had is deleted already. @returns whether GitHub has ended it. */
  async revoke({ token }: ForgottenGrant): Promise<boolean> {
    const { github, logger } = this.#options;
    try {
      if (github === undefined) throw new Error('Sign-in with GitHub is not set up any more.');
      if (token === undefined) throw new Error('The token could not be decrypted.');
      await revokeGrant(github, token);
      return true;
    } catch (error) {
      logger.warn({ err: error }, 'github.grant_not_revoked');
      return false;
    }
  }

  /** What git signs in with at this address, of the secrets of its owner. */
  credentialFor(
    { protocol, host }: { protocol: string; host: string },
    secrets: Readonly<Record<string, string>>,
  ): { username: string; token: string } | undefined {
    const token = tokenIn(secrets);
    if (token === undefined || this.#url === undefined) return undefined;
    if (host !== this.#url.host || `${protocol}:` !== this.#url.protocol) return undefined;
    return { username: USERNAME, token };
  }

  #record(work: Work, by: AuditBy, action: 'secret.created' | 'secret.changed' | 'secret.deleted'): void {
    const name = this.#url?.host ?? GITHUB_GRANT;
    appendAudit(work, by, {
      action,
      target: { kind: 'secret', name },
      details: { owner: 'git', via: 'github' },
    });
  }
}

function tokenIn(secrets: Readonly<Record<string, string>>): string | undefined {
  const value = Object.hasOwn(secrets, GITHUB_GRANT) ? secrets[GITHUB_GRANT] : undefined;
  return value === undefined ? undefined : grant.parse(JSON.parse(value)).token;
}

function ownerOf(id: string): SecretOwner {
  return { kind: 'git', id: userId.parse(id) };
}
