import { PodexError } from '@podex/contracts/errors';
import type { TeamId, WorkspaceId } from '@podex/contracts/ids';
import type { Secret, SecretsRotation } from '@podex/contracts/secrets';
import { type AuditFact, appendAudit } from '../../audit/append-audit.ts';
import type { Bus } from '../../bus/bus.ts';
import type { Call } from '../../calls/call.ts';
import { RATE_LIMITS, requireBelow } from '../../calls/rate-limits.ts';
import type { Db } from '../../database/connect.ts';
import type { Transact, Work } from '../../database/transact.ts';
import type { SecretOwner } from '../../secrets/secret-owner.ts';
import type { SecretVault } from '../../secrets/secret-vault.ts';
import { holdTeam } from '../../teams/team-store.ts';
import { redeliverSecrets } from '../record/workspace-environment-store.ts';
import { WORKSPACE_WORK_CHANNEL } from '../record/workspace-events.ts';
import { getOwnWorkspace, lockOwnWorkspace } from '../workspaces.ts';

export interface SecretServiceOptions {
  db: Db;
  bus: Pick<Bus, 'hit'>;
  transact: Transact;
  vault: SecretVault;
}

/** Secrets of people, of teams and of workspaces. A change reaches the running workspaces that it is for: compute is handed them again. */
export class SecretService {
  readonly #options: SecretServiceOptions;

  constructor(options: SecretServiceOptions) {
    this.#options = options;
  }

  async listOwn(call: Call): Promise<Secret[]> {
    return this.#options.vault.list(this.#options.db, ownerOf(call));
  }

  /** @throws PodexError secret_not_found. */
  async getOwn(name: string, call: Call): Promise<Secret> {
    return this.#options.vault.get(this.#options.db, ownerOf(call), name);
  }

  /** @throws PodexError limit_reached, rate_limited. */
  async setOwn(name: string, value: string, call: Call): Promise<Secret> {
    const owner = ownerOf(call);
    return this.#change(call, owner, (work) => this.#set(work, call, owner, name, value));
  }

  /** @throws PodexError secret_not_found, rate_limited. */
  async deleteOwn(name: string, call: Call): Promise<void> {
    const owner = ownerOf(call);
    await this.#change(call, owner, (work) => this.#delete(work, call, owner, name));
  }

  async listOfTeam(id: TeamId): Promise<Secret[]> {
    return this.#options.vault.list(this.#options.db, { kind: 'team', id });
  }

  /** @throws PodexError secret_not_found. */
  async getOfTeam(id: TeamId, name: string): Promise<Secret> {
    return this.#options.vault.get(this.#options.db, { kind: 'team', id }, name);
  }

  /** @throws PodexError team_not_found, limit_reached, rate_limited. */
  async setOfTeam(id: TeamId, name: string, value: string, call: Call): Promise<Secret> {
    const owner: SecretOwner = { kind: 'team', id };
    return this.#change(call, owner, async (work) => {
      if (!(await holdTeam(work.tx, id)))
        throw new PodexError('team_not_found', 'There is no such team.', {});
      await call.requireStill(work.tx);
      return this.#set(work, call, owner, name, value);
    });
  }

  /** @throws PodexError secret_not_found, rate_limited. */
  async deleteOfTeam(id: TeamId, name: string, call: Call): Promise<void> {
    const owner: SecretOwner = { kind: 'team', id };
    await this.#change(call, owner, async (work) => {
      await holdTeam(work.tx, id);
      await call.requireStill(work.tx);
      await this.#delete(work, call, owner, name);
    });
  }

  /** @throws PodexError workspace_not_found. */
  async listOfWorkspace(id: WorkspaceId, call: Call): Promise<Secret[]> {
    const { db, vault } = this.#options;
    await getOwnWorkspace(db, call.actor, id);
    return vault.list(db, { kind: 'workspace', id });
  }

  /** @throws PodexError workspace_not_found, secret_not_found. */
  async getOfWorkspace(id: WorkspaceId, name: string, call: Call): Promise<Secret> {
    const { db, vault } = this.#options;
    await getOwnWorkspace(db, call.actor, id);
    return vault.get(db, { kind: 'workspace', id }, name);
  }

  /** @throws PodexError workspace_not_found, limit_reached, rate_limited. */
  async setOfWorkspace(id: WorkspaceId, name: string, value: string, call: Call): Promise<Secret> {
    const owner: SecretOwner = { kind: 'workspace', id };
    return this.#change(call, owner, async (work) => {
      await lockOwnWorkspace(work, call, id);
      return this.#set(work, call, owner, name, value);
    });
  }

  /** @throws PodexError workspace_not_found, secret_not_found, rate_limited. */
  async deleteOfWorkspace(id: WorkspaceId, name: string, call: Call): Promise<void> {
    const owner: SecretOwner = { kind: 'workspace', id };
    await this.#change(call, owner, async (work) => {
      await lockOwnWorkspace(work, call, id);
      await this.#delete(work, call, owner, name);
    });
  }

  /** For the operator. Nothing is delivered: the values stay as they are. */
  async rotate(after: number, call: Call): Promise<SecretsRotation> {
    return this.#options.transact(async (work) => {
      const rotation = await this.#options.vault.rotate(work.tx, after);
      const { rewrapped, unreadable, remaining } = rotation;
      if (rewrapped + unreadable > 0) {
        appendAudit(work, call, {
          action: 'secret.rotated',
          target: { kind: 'secret' },
          details: { rewrapped, unreadable, remaining },
        });
      }
      return rotation;
    });
  }

  async #set(work: Work, call: Call, owner: SecretOwner, name: string, value: string): Promise<Secret> {
    const { secret, isNew } = await this.#options.vault.set(work.tx, owner, name, value);
    appendAudit(work, call, secretFact(isNew ? 'secret.created' : 'secret.changed', owner, name));
    return secret;
  }

  async #delete(work: Work, call: Call, owner: SecretOwner, name: string): Promise<void> {
    await this.#options.vault.delete(work.tx, owner, name);
    appendAudit(work, call, secretFact('secret.deleted', owner, name));
  }

  async #change<Result>(
    { actor }: Call,
    owner: SecretOwner,
    change: (work: Work) => Promise<Result>,
  ): Promise<Result> {
    const { bus, transact } = this.#options;
    await requireBelow(bus, RATE_LIMITS.secretChangesOfUser, actor.userId);
    return transact(async (work) => {
      const result = await change(work);
      if (await redeliverSecrets(work.tx, owner)) work.wake(WORKSPACE_WORK_CHANNEL);
      return result;
    });
  }
}

function secretFact(action: AuditFact['action'], owner: SecretOwner, name: string): AuditFact {
  return {
    action,
    target: { kind: 'secret', name },
    workspaceId: owner.kind === 'workspace' ? owner.id : undefined,
    details: { owner: owner.kind, ...(owner.kind === 'team' ? { team_id: owner.id } : {}) },
  };
}

function ownerOf({ actor }: Call): SecretOwner {
  return { kind: 'user', id: actor.userId };
}
