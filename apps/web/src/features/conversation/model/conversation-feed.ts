import { applyConversationEvent } from '@podex/contracts/apply-conversation-event';
import type { ConversationEvent } from '@podex/contracts/events';
import { EMPTY_TRANSCRIPT, type Transcript, type TranscriptPage } from '@podex/contracts/transcript';
import { messageOf } from '#lib/api-client.ts';
import type { LiveEvents } from '#lib/live-events.ts';
import { hasEnded, isConversationEvent } from './conversation-view.ts';

/** Loading older turns: nothing to do, in progress, or failed with this message. */
export type OlderTurns = { status: 'none' | 'idle' | 'loading' } | { status: 'failed'; message: string };

export interface ConversationSnapshot {
  transcript: Transcript;
  /** The newest page is there. */
  isLoaded: boolean;
  older: OlderTurns;
  /** Why the conversation can't be shown or followed. */
  failure: string | null;
}

interface ConversationFeedOptions {
  live: Pick<LiveEvents, 'subscribe'>;
  conversationId: string;
  /** Newest turns first; `before` is the `next` of the page before. */
  fetchPage: (before: string | null, signal: AbortSignal) => Promise<TranscriptPage>;
  /** Runs the callback once, soon; a burst of events becomes one change of the page. */
  schedule?: (callback: () => void) => void;
}

/** Each event as it comes, with the transcript that it made. */
export type ConversationEventListener = (event: ConversationEvent, transcript: Transcript) => void;

const EMPTY_SNAPSHOT: ConversationSnapshot = {
  transcript: EMPTY_TRANSCRIPT,
  isLoaded: false,
  older: { status: 'none' },
  failure: null,
};

/** Holds the newest turns of one conversation and follows its events; older turns come page by page. */
export class ConversationFeed {
  readonly #options: ConversationFeedOptions;
  readonly #listeners = new Set<() => void>();
  #current: ConversationSnapshot = EMPTY_SNAPSHOT;
  #published: ConversationSnapshot = EMPTY_SNAPSHOT;
  #isScheduled = false;
  #requests = new AbortController();
  #unsubscribe: (() => void) | undefined;
  #onEvent: ConversationEventListener | undefined;

  constructor(options: ConversationFeedOptions) {
    this.#options = options;
  }

  start(onEvent: ConversationEventListener): void {
    this.stop();
    this.#onEvent = onEvent;
    this.#requests = new AbortController();
    if (this.#current.isLoaded) this.#subscribe();
    else void this.#loadNewest();
  }

  stop(): void {
    this.#requests.abort();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    if (this.#current.older.status === 'loading') this.#change({ older: { status: 'idle' } });
  }

  /** Once more after a failure. */
  retry = (): void => {
    this.#change({ failure: null });
    if (this.#onEvent !== undefined) this.start(this.#onEvent);
  };

  loadOlder = async (): Promise<void> => {
    const { older, transcript } = this.#current;
    const [oldest] = transcript.turns;
    if (oldest === undefined || older.status === 'none' || older.status === 'loading') return;
    const { signal } = this.#requests;
    this.#change({ older: { status: 'loading' } });
    try {
      const page = await this.#options.fetchPage(oldest.id, signal);
      // Turns that have ended do not change: those of this page stand before what is shown, whatever came meanwhile.
      if (signal.aborted) return;
      const { turns, lastSeq } = this.#current.transcript;
      this.#change({
        transcript: { lastSeq, turns: [...page.items.toReversed(), ...turns] },
        older: olderThan(page),
      });
    } catch (error) {
      if (!signal.aborted) this.#change({ older: { status: 'failed', message: messageOf(error) } });
    }
  };

  /** Keeps the newest `count` turns, and those that have not ended: the rest is loaded again when it is wanted. */
  forgetOlder = (count: number): void => {
    const { transcript, older } = this.#current;
    const { turns, lastSeq } = transcript;
    const firstActive = turns.findIndex((turn) => !hasEnded(turn));
    const start = Math.min(turns.length - count, firstActive === -1 ? turns.length : firstActive);
    if (start <= 0 || older.status === 'loading') return;
    this.#change({ transcript: { lastSeq, turns: turns.slice(start) }, older: { status: 'idle' } });
  };

  onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): ConversationSnapshot => this.#published;

  async #loadNewest(): Promise<void> {
    const { signal } = this.#requests;
    try {
      const page = await this.#options.fetchPage(null, signal);
      if (signal.aborted) return;
      this.#change({
        transcript: { lastSeq: page.seq, turns: page.items.toReversed() },
        isLoaded: true,
        older: olderThan(page),
        failure: null,
      });
      this.#subscribe();
    } catch (error) {
      if (!signal.aborted) this.#change({ failure: messageOf(error) });
    }
  }

  #subscribe(): void {
    const { live, conversationId } = this.#options;
    this.#unsubscribe = live.subscribe(`conversation:${conversationId}`, {
      after: this.#current.transcript.lastSeq,
      onEvent: (event) => {
        if (!isConversationEvent(event)) return;
        this.#change({ transcript: applyConversationEvent(this.#current.transcript, event) });
        this.#onEvent?.(event, this.#current.transcript);
      },
      onReset: () => this.#reset(),
      onRejected: ({ message }) => this.#change({ failure: message }),
    });
  }

  /** What is shown stays until the newest page replaces it. */
  #reset(): void {
    this.stop();
    this.#requests = new AbortController();
    void this.#loadNewest();
  }

  #change(change: Partial<ConversationSnapshot>): void {
    this.#current = { ...this.#current, ...change };
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    (this.#options.schedule ?? requestAnimationFrame)(() => {
      this.#isScheduled = false;
      this.#published = this.#current;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}

function olderThan({ next }: TranscriptPage): OlderTurns {
  return { status: next === null ? 'none' : 'idle' };
}
