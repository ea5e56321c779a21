import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import type { Background } from '@podex/service-kit/background';
import { startClaimLoop } from '@podex/service-kit/claim-loop';
import type { Logger } from '@podex/service-kit/logger';
import { backoffMs, pause } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';
import type { Outcome } from './failure-outcome.ts';

const MAX_CONCURRENT = 8;
const CLAIM_WAIT_MS = 20_000;
const TELL_ATTEMPTS = 5;

export interface WorkspaceWorkerOptions {
  api: Pick<ApiClient, 'claimWorkspaces' | 'observeWorkspace'>;
  reconcile: (task: WorkspaceTask, signal: AbortSignal) => Promise<Outcome>;
  /** Called once per task, when its outcome is known. */
  onOutcome: (task: WorkspaceTask, outcome: Outcome, durationMs: number) => void;
  background: Background;
  logger: Logger;
}

/** Claims workspaces from api while there is room, works on each, and releases its lease with what was observed. */
export class WorkspaceWorker {
  readonly #options: WorkspaceWorkerOptions;

  constructor(options: WorkspaceWorkerOptions) {
    this.#options = options;
  }

  start(): void {
    const { api, background } = this.#options;
    startClaimLoop<WorkspaceTask>({
      name: 'workspace',
      background,
      maxConcurrent: MAX_CONCURRENT,
      claim: (room, signal) => api.claimWorkspaces(room, CLAIM_WAIT_MS, signal),
      run: (task, signal) => this.#work(task, signal),
    });
  }

  async #work(task: WorkspaceTask, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const outcome = await this.#options.reconcile(task, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      // Handed back at once, so that another compute need not wait for the end of the lease.
      return { status: task.status, reason: null, containerId: null, retryInMs: 0 };
    });
    this.#options.onOutcome(task, outcome, performance.now() - startedAt);
    await this.#tell(task, outcome);
  }

  async #tell(task: WorkspaceTask, outcome: Outcome): Promise<void> {
    const { api, logger } = this.#options;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await api.observeWorkspace(task.id, {
          lease_token: task.lease_token,
          version: task.version,
          status: outcome.status,
          reason: outcome.reason,
          container_id: outcome.containerId,
          settled: outcome.retryInMs === undefined,
          ...(outcome.retryInMs === undefined ? {} : { retry_in_ms: outcome.retryInMs }),
          ...(outcome.waitsFor === undefined ? {} : { waits_for: outcome.waitsFor }),
        });
        return;
      } catch (error) {
        const isWorthAnotherTry =
          PodexError.isInstance(error) && error.retry === 'later' && attempt < TELL_ATTEMPTS;
        if (PodexError.has(error, 'workspace_changed') || !isWorthAnotherTry) {
          // The lease expires by itself; the next holder sees the same.
          logger.warn({ err: error, workspace_id: task.id }, 'workspace.observation_lost');
          return;
        }
        await pause(backoffMs(attempt, 100, 2_000));
      }
    }
  }
}
