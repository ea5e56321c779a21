import { type Command, command } from '@podex/contracts/commands';
import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import type { ObserveSetupInput, SetupTask } from '@podex/contracts/internal/compute';
import { withQuery } from '@podex/contracts/query';
import type { Background } from '@podex/service-kit/background';
import { startClaimLoop } from '@podex/service-kit/claim-loop';
import type { Logger } from '@podex/service-kit/logger';
import type { ApiClient } from '../api/api-client.ts';
import type { ContainerIndex } from '../containers/container-index.ts';
import { callDaemon } from '../links/daemon-client.ts';
import type { LinkPool } from '../links/link-pool.ts';
import { cloneCommand } from './clone-command.ts';
import { cloneFailure } from './clone-failure.ts';
import { cloneProgress } from './clone-progress.ts';

const MAX_CONCURRENT = 64;
const CLAIM_WAIT_MS = 20_000;
/** Of the lease’s time, the part that may be used; the rest is for telling api. */
const USABLE_LEASE = 0.7;
const CALL_TIMEOUT_MS = 10_000;
/** How often those who wait are told how far it is. */
const LOOK_WAIT_MS = 4_000;
const RETRY_MS = 2_000;

export interface SetupWorkerOptions {
  api: Pick<ApiClient, 'claimSetups' | 'observeSetup'>;
  index: ContainerIndex;
  /** Lists the containers of all servers again. */
  refreshIndex: () => Promise<void>;
  links: LinkPool;
  /** Called when something is done in the workspace that may ask the platform. */
  onUse: (id: WorkspaceId) => void;
  background: Background;
  logger: Logger;
}

type Seen = Omit<ObserveSetupInput, 'lease_token'>;

/**
 * Does what is to be done in a workspace after its first start and tells api how it ended. The work is a command of the daemon, whose
 * id api gives: the next worker, after a crash or a deploy, finds it there.
 */
export class SetupWorker {
  readonly #options: SetupWorkerOptions;

  constructor(options: SetupWorkerOptions) {
    this.#options = options;
  }

  start(): void {
    const { api, background } = this.#options;
    startClaimLoop<SetupTask>({
      name: 'setup',
      background,
      maxConcurrent: MAX_CONCURRENT,
      claim: (room, signal) => api.claimSetups(Math.min(room, 50), CLAIM_WAIT_MS, signal),
      run: (task, signal) => this.#work(task, signal),
    });
  }

  async #work(task: SetupTask, signal: AbortSignal): Promise<void> {
    const { api, logger } = this.#options;
    const fields = { workspace_id: task.workspace_id, setup: task.step };
    const seen = await this.#take(task, signal).catch((error: unknown): Seen => {
      // Handed back at once, so that another compute need not wait for the end of the lease.
      if (signal.aborted) return { status: 'running', reason: null, retry_in_ms: 0 };
      logger.warn({ err: error, ...fields }, 'setup.step_failed');
      return seenOfFailure(error);
    });
    if (seen.status !== 'running') logger.info({ ...fields, status: seen.status }, 'setup.ended');
    await api
      .observeSetup(task.workspace_id, { lease_token: task.lease_token, ...seen })
      .catch((error: unknown) => {
        // The lease ends by itself; the next holder finds the same command.
        logger.warn({ err: error, ...fields }, 'setup.observation_lost');
      });
  }

  async #take(task: SetupTask, signal: AbortSignal): Promise<Seen> {
    const { index, refreshIndex, links } = this.#options;
    const endsAtMs = performance.now() + task.lease_ttl_ms * USABLE_LEASE;
    if (index.find(task.workspace_id)?.state !== 'running') await refreshIndex();
    const place = index.find(task.workspace_id);
    if (place?.state !== 'running') return { status: 'running', reason: null, retry_in_ms: RETRY_MS };
    this.#options.onUse(task.workspace_id);
    const ask: Ask = (method, query, timeoutMs, body) =>
      callDaemon(
        (wait) => links.connect(place, { kind: 'daemon' }, wait),
        command,
        { method, path: withQuery(`/commands/${task.command_id}`, query), body },
        { signal, timeoutMs },
      );
    let now = await startOrFind(task, ask);
    while (now.status === 'running') {
      const waitMs = Math.min(LOOK_WAIT_MS, Math.floor(endsAtMs - performance.now()));
      if (waitMs <= 0) return { status: 'running', reason: null };
      now = await ask('GET', { wait_ms: waitMs }, waitMs + CALL_TIMEOUT_MS);
      const progress = now.status === 'running' ? cloneProgress(now.output) : undefined;
      if (progress !== undefined) return { status: 'running', reason: progress };
    }
    return seenOfEnd(now, task);
  }
}

type Ask = (
  method: string,
  query: { wait_ms?: number },
  timeoutMs: number,
  body?: unknown,
) => Promise<Command>;

async function startOrFind(task: SetupTask, ask: Ask): Promise<Command> {
  try {
    return await ask('PUT', {}, CALL_TIMEOUT_MS, cloneCommand(task.git_url, task.branch));
  } catch (error) {
    // It was started by an older Podex, in other words.
    if (!PodexError.has(error, 'command_body_differs')) throw error;
    return ask('GET', {}, CALL_TIMEOUT_MS);
  }
}

function seenOfEnd(ended: Command, task: SetupTask): Seen {
  if (ended.status === 'exited' && ended.exit_code === 0) return { status: 'done', reason: null };
  // The daemon ended before it: that says nothing about the repository.
  if (ended.status === 'killed' && ended.signal === null) return { status: 'interrupted', reason: null };
  return { status: 'failed', reason: cloneFailure(ended, task.git_url, task.branch) };
}

/** Most are about the way to the workspace, which comes back or ends with it. */
function seenOfFailure(error: unknown): Seen {
  if (PodexError.has(error, 'disk_full')) {
    const reason = 'The repository was not cloned. The disk is full. Free some space, then retry.';
    return { status: 'failed', reason };
  }
  return { status: 'running', reason: null, retry_in_ms: RETRY_MS };
}
