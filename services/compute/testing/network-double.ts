import { type ServerId, serverId, type WorkspaceId } from '@podex/contracts/ids';
import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import type { ServerNetworkPolicies } from '@podex/contracts/internal/network-policies';
import type { NetworkPolicyInput } from '@podex/contracts/network-policies';

interface NetworkDoubleOptions {
  tasks: () => readonly WorkspaceTask[];
  /** Hands the workspace out again. */
  want: (id: WorkspaceId, network: WorkspaceTask['network']) => void;
}

/** api’s side of network policies, in memory. */
export class NetworkDouble {
  readonly #options: NetworkDoubleOptions;
  readonly #lists = new Map<WorkspaceId, readonly string[]>();
  #revision = Date.now();
  #answer: ServerNetworkPolicies | undefined;

  constructor(options: NetworkDoubleOptions) {
    this.#options = options;
  }

  /** As `PUT /api/workspaces/{id}/network-policy` does. */
  set(id: WorkspaceId, { mode, allow }: NetworkPolicyInput): void {
    this.#lists.set(id, allow);
    this.#revision += 1;
    this.#options.want(id, { mode, pending: true });
  }

  policiesOf(id: ServerId): ServerNetworkPolicies {
    const held = this.#options
      .tasks()
      .filter(({ server_id: server, network }) => server === id && network.mode !== 'open');
    return {
      revision: this.#revision,
      items: held.map(({ id: workspace, storage_key, network }) => ({
        storage_key,
        mode: network.mode,
        allow: [...(this.#lists.get(workspace) ?? [])],
      })),
    };
  }

  /** As it was then, whatever it is now; undefined: as it is. */
  answerWith(answer: ServerNetworkPolicies | undefined): void {
    this.#answer = answer;
  }

  respond(call: string): ServerNetworkPolicies | undefined {
    const [, id] = /^GET \/internal\/servers\/(\w+)\/network-policies$/.exec(call) ?? [];
    return id === undefined ? undefined : (this.#answer ?? this.policiesOf(serverId.parse(id)));
  }
}
