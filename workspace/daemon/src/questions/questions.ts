import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { PodexError } from '@podex/contracts/errors';
import type {
  GitAnswer,
  Question,
  Questions as QuestionList,
} from '@podex/contracts/internal/git-credentials';

const WAITING_MAX = 32;

interface Waiting {
  id: string;
  question: Question;
  answer: (answer: GitAnswer) => void;
}

/**
 * What programs in the workspace ask the platform. The daemon can call nobody: who watches over the workspace fetches the questions,
 * and brings the answers.
 */
export class Questions {
  readonly #waiting = new Map<string, Waiting>();
  readonly #timeoutMs: number;
  #news = Promise.withResolvers<void>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** @throws PodexError limit_reached, timed_out. */
  async ask(question: Question, signal: AbortSignal): Promise<GitAnswer> {
    if (this.#waiting.size >= WAITING_MAX) {
      const limit = { limit: 'questions', max: WAITING_MAX };
      throw new PodexError('limit_reached', 'Too many programs ask for credentials at once.', limit);
    }
    const { promise, resolve } = Promise.withResolvers<GitAnswer>();
    const id = randomUUID();
    this.#waiting.set(id, { id, question, answer: resolve });
    this.#news.resolve();
    this.#news = Promise.withResolvers();
    const over = new AbortController();
    const stop = () => over.abort();
    signal.addEventListener('abort', stop);
    try {
      const timeout = pause(this.#timeoutMs, undefined, { signal: over.signal }).catch(() => undefined);
      const answer = await Promise.race([promise, timeout]);
      if (answer !== undefined) return answer;
      throw new PodexError('timed_out', 'Podex gave no answer in time. Try again in a moment.', {
        timeout_ms: this.#timeoutMs,
      });
    } finally {
      signal.removeEventListener('abort', stop);
      over.abort();
      this.#waiting.delete(id);
    }
  }

  /** What waits now, or the first that comes within `waitMs`. */
  async next(waitMs: number, signal: AbortSignal): Promise<QuestionList['items']> {
    if (this.#waiting.size === 0 && waitMs > 0) {
      const over = new AbortController();
      const stop = () => over.abort();
      signal.addEventListener('abort', stop);
      try {
        const timeout = pause(waitMs, undefined, { signal: over.signal }).catch(() => undefined);
        await Promise.race([this.#news.promise, timeout]);
      } finally {
        signal.removeEventListener('abort', stop);
        over.abort();
      }
    }
    return [...this.#waiting.values()].map(({ id, question }) => ({ id, question }));
  }

  /** One that nobody waits for any more is passed over. */
  answer(id: string, answer: GitAnswer): void {
    this.#waiting.get(id)?.answer(answer);
  }
}
