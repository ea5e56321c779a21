import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { ServerNetworkPolicies } from '@podex/contracts/internal/network-policies';
import type { NetworkPolicy, NetworkPolicyInput } from '@podex/contracts/network-policies';
import type { Bus } from '../../bus/bus.ts';
import type { Call } from '../../calls/call.ts';
import { RATE_LIMITS, requireBelow } from '../../calls/rate-limits.ts';
import type { Db } from '../../database/connect.ts';
import type { Transact } from '../../database/transact.ts';
import { topicChannel, topicOf } from '../../events/topics.ts';
import type { Wakeups } from '../../events/wakeup.ts';
import { type NetworkSettings, requireAllowedPolicy } from '../record/network-policy-rules.ts';
import {
  listNetworkPolicies,
  raiseNetworkRevision,
  setNetworkPolicy,
} from '../record/network-policy-store.ts';
import { appendWorkspaceAudit } from '../record/workspace-audit.ts';
import { appendWorkspaceChanged, WORKSPACE_WORK_CHANNEL } from '../record/workspace-events.ts';
import type { WorkspaceRow } from '../record/workspace-store.ts';
import { lockFleetAsItIs } from '../record/workspace-work-store.ts';
import { getOwnWorkspace, lockOwnWorkspace } from '../workspaces.ts';

export interface NetworkPolicyServiceOptions {
  db: Db;
  bus: Pick<Bus, 'hit'>;
  wakeups: Wakeups;
  transact: Transact;
  settings: { readonly values: Readonly<NetworkSettings> };
}

/** What workspaces may reach. compute holds their servers to it. */
export class NetworkPolicyService {
  readonly #options: NetworkPolicyServiceOptions;

  constructor(options: NetworkPolicyServiceOptions) {
    this.#options = options;
  }

  async get(id: WorkspaceId, { actor }: Call): Promise<NetworkPolicy> {
    return present(await getOwnWorkspace(this.#options.db, actor, id));
  }

  /** For compute. */
  async listOfServer(id: ServerId): Promise<ServerNetworkPolicies> {
    return listNetworkPolicies(this.#options.db, id);
  }

  /**
   * Waits until its server holds a workspace that runs to it, and says what is true then; that is no error after `waitMs` either.
   *
   * @throws PodexError forbidden when it opens more than admins let; rate_limited.
   */
  async set(id: WorkspaceId, input: NetworkPolicyInput, waitMs: number, call: Call): Promise<NetworkPolicy> {
    const { bus, transact, settings } = this.#options;
    await requireBelow(bus, RATE_LIMITS.networkChangesOfUser, call.actor.userId);
    await transact(async (work) => {
      // The fleet before workspaces, as in a reservation.
      await lockFleetAsItIs(work.tx);
      const row = await lockOwnWorkspace(work, call, id);
      if (isSame(row, input)) return;
      requireAllowedPolicy(input, settings.values);
      await setNetworkPolicy(work.tx, id, input);
      await raiseNetworkRevision(work.tx);
      await appendWorkspaceChanged(work, id);
      appendWorkspaceAudit(work, call, row, 'workspace.network_changed', {
        before: row.network_mode,
        after: input.mode,
        before_allow: row.network_allow,
        after_allow: input.allow,
      });
      work.wake(WORKSPACE_WORK_CHANNEL);
    });
    return this.#untilInForce(id, waitMs, call);
  }

  async #untilInForce(id: WorkspaceId, waitMs: number, { actor, signal }: Call): Promise<NetworkPolicy> {
    const { db, wakeups } = this.#options;
    using wakeup = wakeups.on([topicChannel(topicOf.workspace(id))]);
    const deadline = performance.now() + waitMs;
    for (let isOver = false; ; ) {
      const row = await getOwnWorkspace(db, actor, id);
      const remainingMs = deadline - performance.now();
      if (!row.network_pending || row.settled || remainingMs <= 0 || isOver) return present(row);
      isOver = (await wakeup.wait({ signal, timeoutMs: remainingMs })) === 'over';
    }
  }
}

function isSame(row: WorkspaceRow, { mode, allow }: NetworkPolicyInput): boolean {
  return row.network_mode === mode && JSON.stringify(row.network_allow) === JSON.stringify(allow);
}

function present(row: WorkspaceRow): NetworkPolicy {
  return { mode: row.network_mode, allow: row.network_allow, in_force: !row.network_pending };
}
