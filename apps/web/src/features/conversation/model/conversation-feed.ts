import type { ConversationEvent } from '@podex/contracts/events';
import type { LiveEvents } from '#lib/live-events.ts';
import { applyConversationEvent } from './apply-conversation-event.ts';
import { type ConversationView, EMPTY_CONVERSATION, isConversationEvent } from './conversation-view.ts';

export interface ConversationSnapshot {
  view: ConversationView;
  /** The stream has begun; its first events may still be on their way. */
  hasStarted: boolean;
  /** Events before those shown are gone. */
  isCut: boolean;
  rejection: { code: string; message: string } | null;
}

interface ConversationFeedOptions {
  live: Pick<LiveEvents, 'subscribe'>;
  conversationId: string;
  /** Runs the callback once, soon; a burst of events becomes one change of the page. */
  schedule?: (callback: () => void) => void;
}

/** Each event as it comes, those of the past too, with the view that it made. */
export type ConversationEventListener = (event: ConversationEvent, view: ConversationView) => void;

const EMPTY_SNAPSHOT: ConversationSnapshot = {
  view: EMPTY_CONVERSATION,
  hasStarted: false,
  isCut: false,
  rejection: null,
};

/** Follows the durable events of one conversation from its first, and holds the view that they make. */
export class ConversationFeed {
  readonly #options: ConversationFeedOptions;
  readonly #listeners = new Set<() => void>();
  #current: ConversationSnapshot = EMPTY_SNAPSHOT;
  #published: ConversationSnapshot = EMPTY_SNAPSHOT;
  #isScheduled = false;
  #unsubscribe: (() => void) | undefined;
  #onEvent: ConversationEventListener | undefined;

  constructor(options: ConversationFeedOptions) {
    this.#options = options;
  }

  start(onEvent: ConversationEventListener): void {
    this.stop();
    this.#onEvent = onEvent;
    this.#subscribe(this.#current.view.lastSeq);
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): ConversationSnapshot => this.#published;

  #subscribe(after: number): void {
    const { live, conversationId } = this.#options;
    this.#unsubscribe = live.subscribe(`conversation:${conversationId}`, {
      after,
      onStart: () => this.#change({ hasStarted: true }),
      onEvent: (event) => {
        if (!isConversationEvent(event)) return;
        this.#change({ view: applyConversationEvent(this.#current.view, event) });
        this.#onEvent?.(event, this.#current.view);
      },
      onReset: () => this.#reset(),
      onRejected: (rejection) => this.#change({ rejection }),
    });
  }

  /** Reads everything again, once. When even the first event is gone, the rest is shown and marked as cut. */
  #reset(): void {
    const hadEvents = this.#current.view.lastSeq > 0;
    this.#change({ view: EMPTY_CONVERSATION, isCut: !hadEvents });
    if (!hadEvents) return;
    this.stop();
    this.#subscribe(0);
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
