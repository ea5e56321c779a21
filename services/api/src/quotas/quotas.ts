import { PodexError } from '@podex/contracts/errors';
import type { UserId, WorkspaceId } from '@podex/contracts/ids';
import type { SettingValues } from '@podex/contracts/settings';
import type { Tx } from '../database/connect.ts';
import { countRunningWorkspaces, countWorkspaces, lockUsage } from './quota-store.ts';

type Limit = 'max_workspaces_per_user' | 'max_running_workspaces_per_user';

/** What one person may have at once. Checked in the transaction that takes more, under a lock that lasts as long as it. */
export class Quotas {
  readonly #settings: { readonly values: Readonly<SettingValues> };

  constructor(settings: { readonly values: Readonly<SettingValues> }) {
    this.#settings = settings;
  }

  /** @throws PodexError limit_reached, user_suspended. */
  async requireRoomForWorkspace(tx: Tx, ownerId: UserId): Promise<void> {
    await lockActiveUsage(tx, ownerId);
    const used = await countWorkspaces(tx, ownerId);
    this.#require('max_workspaces_per_user', used, (max) => {
      return `You have ${used} workspaces, and ${max} are allowed. Delete one, or ask an admin for more.`;
    });
    await this.requireRoomToRun(tx, ownerId);
  }

  /** `id`: the workspace that shall run, when it is there already. @throws PodexError limit_reached, user_suspended. */
  async requireRoomToRun(tx: Tx, ownerId: UserId, id?: WorkspaceId): Promise<void> {
    await lockActiveUsage(tx, ownerId);
    const used = await countRunningWorkspaces(tx, ownerId, id);
    this.#require('max_running_workspaces_per_user', used, (max) => {
      return `${used} of your workspaces run, and ${max} are allowed at once. Stop one, or ask an admin for more.`;
    });
  }

  #require(limit: Limit, used: number, message: (max: number) => string): void {
    const max = this.#settings.values[limit];
    if (used < max) return;
    throw new PodexError('limit_reached', message(max), { limit, max, used });
  }
}

/** Whoever is being suspended or deleted meanwhile starts nothing more. */
async function lockActiveUsage(tx: Tx, ownerId: UserId): Promise<void> {
  if (await lockUsage(tx, ownerId)) return;
  const message =
    'The owner of this workspace is suspended, so it stays stopped. Ask an admin to restore them.';
  throw new PodexError('user_suspended', message, {});
}
