import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import { type GitAnswer, type Question, questions } from '@podex/contracts/internal/git-credentials';
import { withQuery } from '@podex/contracts/query';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import { pause } from '@podex/service-kit/waiting';
import { z } from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import type { ContainerIndex, ContainerPlace } from '../containers/container-index.ts';
import { callDaemon, type DaemonCall } from '../links/daemon-client.ts';
import type { LinkPool } from '../links/link-pool.ts';

const POLL_MS = 20_000;
const CALL_TIMEOUT_MS = 10_000;
/** After the last use, and while something runs there. */
const SERVED_AFTER_USE_MS = 60_000;
const RETRY_MS = 1_000;
const FAILURES_MAX = 5;

export interface QuestionWatchOptions {
  api: Pick<ApiClient, 'answerGit' | 'reportSshSignIn'>;
  index: ContainerIndex;
  links: LinkPool;
  background: Background;
  logger: Logger;
}

interface Served {
  usedAtMs: number;
}

/**
 * Takes what programs in a workspace ask the platform to api, and the answers back. A daemon can call nobody, so a request waits at it: only
 * while the workspace is in use or something runs in it. One that rests costs nothing.
 */
export class QuestionWatch {
  readonly #options: QuestionWatchOptions;
  readonly #served = new Map<WorkspaceId, Served>();

  constructor(options: QuestionWatchOptions) {
    this.#options = options;
  }

  /** The workspace is in use: what is asked there in the next minute is answered. */
  serve(id: WorkspaceId): void {
    const known = this.#served.get(id);
    if (known !== undefined) {
      known.usedAtMs = performance.now();
      return;
    }
    const served = { usedAtMs: performance.now() };
    this.#served.set(id, served);
    this.#options.background.run('questions', (signal) =>
      this.#watch(id, served, signal).finally(() => this.#served.delete(id)),
    );
  }

  /** Never throws: what was not answered is told at git that no answer came. */
  async #watch(id: WorkspaceId, served: Served, signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted && performance.now() - served.usedAtMs < SERVED_AFTER_USE_MS) {
      const place = this.#options.index.find(id);
      if (place?.state !== 'running') return;
      try {
        if (await this.#poll(place, signal)) served.usedAtMs = performance.now();
        failures = 0;
      } catch (error) {
        failures += 1;
        // An older daemon knows no questions.
        if (signal.aborted || PodexError.has(error, 'not_found') || failures > FAILURES_MAX) return;
        this.#options.logger.debug({ err: error, workspace_id: id }, 'questions.poll_failed');
        await pause(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  /** @returns whether something runs there that may ask later. */
  async #poll(place: ContainerPlace, signal: AbortSignal): Promise<boolean> {
    const wait = { signal, timeoutMs: POLL_MS + CALL_TIMEOUT_MS };
    const call = { method: 'GET', path: withQuery('/questions', { wait_ms: POLL_MS }) };
    const { items, busy } = await this.#call(place, questions, call, wait);
    await Promise.all(
      items.map(async ({ id, question }) => {
        const body = await this.#answerOf(place.workspaceId, question, signal);
        const back = { method: 'POST', path: `/questions/${encodeURIComponent(id)}`, body };
        await this.#call(place, z.undefined(), back, { signal, timeoutMs: CALL_TIMEOUT_MS });
      }),
    );
    return busy || items.length > 0;
  }

  async #answerOf(id: WorkspaceId, question: Question, signal: AbortSignal): Promise<GitAnswer> {
    const { api } = this.#options;
    const wait = { signal, timeoutMs: CALL_TIMEOUT_MS };
    try {
      if (!('kind' in question) || question.kind !== 'ssh_signed_in')
        return await api.answerGit(id, question, wait);
      await api.reportSshSignIn(id, question, wait);
      return { kind: 'none' };
    } catch (error) {
      this.#options.logger.warn({ err: error, workspace_id: id }, 'questions.not_answered');
      const isForPeople = PodexError.isInstance(error) && error.status < 500;
      const reason = isForPeople
        ? error.message
        : 'Podex can’t look up your credentials right now. Try again.';
      return { kind: 'refused', reason };
    }
  }

  #call<Schema extends z.ZodType>(
    place: ContainerPlace,
    schema: Schema,
    call: DaemonCall,
    wait: { signal: AbortSignal; timeoutMs: number },
  ): Promise<z.output<Schema>> {
    const { links } = this.#options;
    return callDaemon((options) => links.connect(place, { kind: 'daemon' }, options), schema, call, wait);
  }
}
