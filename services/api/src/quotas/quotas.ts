import { PodexError } from '@podex/contracts/errors';
import type { TeamId, UserId, WorkspaceId } from '@podex/contracts/ids';
import type { SettingValues } from '@podex/contracts/settings';
import type { Tx } from '../database/connect.ts';
import { countRunningWorkspaces, countWorkspaces, type Holder, lockUsage } from './quota-store.ts';

/** A workspace of a team counts for the team alone. */
export function holderOf(workspace: { owner_id: UserId; team_id: TeamId | null }): Holder {
  return workspace.team_id === null
    ? { kind: 'user', id: workspace.owner_id }
    : { kind: 'team', id: workspace.team_id };
}

/** What one person, or one team, may have at once. Checked in the transaction that takes more, under a lock that lasts as long as it. */
export class Quotas {
  readonly #settings: { readonly values: Readonly<SettingValues> };

  constructor(settings: { readonly values: Readonly<SettingValues> }) {
    this.#settings = settings;
  }

  /** @throws PodexError limit_reached, user_suspended. */
  async requireRoomForWorkspace(tx: Tx, holder: Holder): Promise<void> {
    await lockActiveUsage(tx, holder);
    const used = await countWorkspaces(tx, holder);
    const limit = holder.kind === 'user' ? 'max_workspaces_per_user' : 'max_workspaces_per_team';
    const who = holder.kind === 'user' ? 'You have' : 'The team has';
    this.#require(limit, used, (max) => {
      return `${who} ${used} workspaces, and ${max} are allowed. Delete one, or ask an admin for more.`;
    });
    await this.requireRoomToRun(tx, holder);
  }

  /** `id`: the workspace that shall run, when it is there already. @throws PodexError limit_reached, user_suspended. */
  async requireRoomToRun(tx: Tx, holder: Holder, id?: WorkspaceId): Promise<void> {
    await lockActiveUsage(tx, holder);
    const used = await countRunningWorkspaces(tx, holder, id);
    const limit =
      holder.kind === 'user' ? 'max_running_workspaces_per_user' : 'max_running_workspaces_per_team';
    const whose = holder.kind === 'user' ? 'your' : 'the team’s';
    this.#require(limit, used, (max) => {
      return `${used} of ${whose} workspaces run, and ${max} are allowed at once. Stop one, or ask an admin for more.`;
    });
  }

  #require(limit: CountLimit, used: number, message: (max: number) => string): void {
    const max = this.#settings.values[limit];
    if (used < max) return;
    throw new PodexError('limit_reached', message(max), { limit, max, used });
  }
}

/** A holder who is being suspended or deleted meanwhile starts nothing more. */
async function lockActiveUsage(tx: Tx, holder: Holder): Promise<void> {
  if (await lockUsage(tx, holder)) return;
  const message =
    'The owner of this workspace is suspended, so it stays stopped. Ask an admin to restore them.';
  throw new PodexError('user_suspended', message, {});
}

type CountLimit =
  | 'max_workspaces_per_user'
  | 'max_running_workspaces_per_user'
  | 'max_workspaces_per_team'
  | 'max_running_workspaces_per_team';
