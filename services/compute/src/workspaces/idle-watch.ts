import type { WorkspaceId } from '@podex/contracts/ids';
import { type DaemonHealth, daemonHealth } from '@podex/contracts/internal/daemon';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import type { ApiClient } from '../api/api-client.ts';
import type { ContainerIndex } from '../containers/container-index.ts';
import type { Activity } from '../gateway/activity.ts';
import { callDaemon } from '../links/daemon-client.ts';
import type { LinkPool } from '../links/link-pool.ts';

const ASK_EVERY_MS = 15_000;
const MAX_PER_CLAIM = 50;
/** A daemon that takes longer is asked again later; that it says nothing is another’s business. */
const ASK_TIMEOUT_MS = 10_000;

export interface IdleWatchOptions {
  api: Pick<ApiClient, 'claimIdle' | 'observeIdle'>;
  index: ContainerIndex;
  links: LinkPool;
  activity: Activity;
  /** What COMPUTE_WORKSPACE_TIMEOUT says. */
  timeoutSeconds: number;
  background: Background;
  logger: Logger;
  everyMs?: number;
}

/** Whether something runs in a workspace for a person: a command, or a program in a terminal. */
export function isBusy(health: DaemonHealth): boolean {
  return health.running_commands > 0 || health.busy_terminals > 0;
}

/** Asks the daemons of workspaces that may be due for their idle stop whether something runs in them; api decides. */
export class IdleWatch {
  readonly #options: IdleWatchOptions;

  constructor(options: IdleWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { background, everyMs = ASK_EVERY_MS } = this.#options;
    background.every('idle', everyMs, (signal) => this.#sweep(signal));
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { api, timeoutSeconds } = this.#options;
    for (;;) {
      const ids = await api.claimIdle(timeoutSeconds, MAX_PER_CLAIM, signal);
      await Promise.all(ids.map((id) => this.#look(id, signal)));
      if (ids.length < MAX_PER_CLAIM || signal.aborted) return;
    }
  }

  /** Never throws: of what did not respond nothing is said, and api has it looked at again. */
  async #look(id: WorkspaceId, signal: AbortSignal): Promise<void> {
    const { api, activity, logger } = this.#options;
    try {
      const isInUse = activity.isNoted(id) || (await this.#isBusy(id, signal));
      if (isInUse !== undefined) await api.observeIdle(id, isInUse || activity.isNoted(id));
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error, workspace_id: id }, 'idle.look_failed');
    }
  }

  /** Nothing goes on in one that is paused. Undefined when its container is not known here. */
  async #isBusy(id: WorkspaceId, signal: AbortSignal): Promise<boolean | undefined> {
    const { index, links } = this.#options;
    const place = index.find(id);
    if (place?.state === 'paused') return false;
    if (place?.state !== 'running') return undefined;
    const isLinked = links.heardAtMs(place.containerId) !== undefined;
    const call = { method: 'GET', path: '/health' };
    const health = await callDaemon((wait) => links.probe(place, wait), daemonHealth, call, {
      signal,
      timeoutMs: ASK_TIMEOUT_MS,
    });
    if (!isLinked) links.closeIdle(place.containerId);
    return isBusy(health);
  }
}
