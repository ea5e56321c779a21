import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import type { Background } from '@podex/service-kit/background';
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

/** Takes workspaces from api as long as there is a hand free, works on each, and gives the lease back with what was seen. */
export class WorkspaceWorker {
  readonly #options: WorkspaceWorkerOptions;
  #busy = 0;
  #onFree: (() => void) | undefined;

  constructor(options: WorkspaceWorkerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.background.loop('workspaces', (signal) => this.#claimOnce(signal));
  }

  async #claimOnce(signal: AbortSignal): Promise<void> {
    await this.#untilFree();
    signal.throwIfAborted();
    const tasks = await this.#options.api.claimWorkspaces(MAX_CONCURRENT - this.#busy, CLAIM_WAIT_MS, signal);
    for (const task of tasks) {
      this.#busy += 1;
      this.#options.background.run(`workspace ${task.id}`, (stopping) =>
        this.#work(task, stopping).finally(() => {
          this.#busy -= 1;
          this.#onFree?.();
        }),
      );
    }
  }

  /** Work under way has limits of its own: a hand gets free. */
  async #untilFree(): Promise<void> {
    while (this.#busy >= MAX_CONCURRENT) {
      await new Promise<void>((resolve) => {
        this.#onFree = resolve;
      });
    }
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
        });
        return;
      } catch (error) {
        const isWorthAnotherTry =
          PodexError.isInstance(error) && error.retry === 'later' && attempt < TELL_ATTEMPTS;
        if (PodexError.has(error, 'workspace_changed') || !isWorthAnotherTry) {
          // The lease ends by itself; whoever gets the workspace next sees the same.
          logger.warn({ err: error, workspace_id: task.id }, 'workspace.observation_lost');
          return;
        }
        await pause(backoffMs(attempt, 100, 2_000));
      }
    }
  }
}
