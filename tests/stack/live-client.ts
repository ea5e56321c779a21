import { applyConversationEvent } from '@podex/contracts/apply-conversation-event';
import { conversationEvent } from '@podex/contracts/events';
import { type LiveServerFrame, liveServerFrame } from '@podex/contracts/live';
import { EMPTY_TRANSCRIPT, type Transcript } from '@podex/contracts/transcript';
import { waitUntil } from '@podex/service-kit/waiting';
import { WebSocket } from 'ws';

type LiveEvent = Extract<LiveServerFrame, { type: 'event' }>;

/** A page’s live connection: it keeps every event of one topic, and resumes after the last one. */
export class LiveClient {
  readonly #url: string;
  readonly #token: string;
  readonly #topic: string;
  #socket: WebSocket | undefined;
  readonly events: LiveEvent[] = [];
  readonly frames: LiveServerFrame[] = [];

  constructor(apiUrl: string, token: string, topic: string) {
    this.#url = `${apiUrl.replace('http', 'ws')}/api/live`;
    this.#token = token;
    this.#topic = topic;
  }

  get lastSeq(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  /** What a page shows that has seen these events. */
  get transcript(): Transcript {
    return this.events
      .map(({ event }) => conversationEvent.parse(event))
      .reduce(applyConversationEvent, EMPTY_TRANSCRIPT);
  }

  /** Whether an event came twice or out of order, or the server said that some were lost. */
  get isBroken(): boolean {
    const hasReset = this.frames.some(({ type }) => type === 'reset');
    return hasReset || this.events.some(({ seq }, index) => seq <= (this.events[index - 1]?.seq ?? 0));
  }

  async connect(): Promise<void> {
    const socket = new WebSocket(this.#url, { headers: { authorization: `Bearer ${this.#token}` } });
    this.#socket = socket;
    socket.on('message', (data) => this.#onFrame(liveServerFrame.parse(JSON.parse(String(data)))));
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    socket.on('error', () => socket.terminate());
    socket.send(JSON.stringify({ type: 'subscribe', topic: this.#topic, after: this.lastSeq }));
  }

  leave(): void {
    this.#socket?.terminate();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Waits for an event of the type, optionally one that `matches`. */
  async waitFor(
    type: string,
    timeoutMs = 60_000,
    matches: (event: LiveEvent['event']) => boolean = () => true,
  ): Promise<LiveEvent['event']> {
    return waitUntil(
      async () =>
        this.events.map(({ event }) => event).find((event) => event.type === type && matches(event)),
      {
        timeoutMs,
        everyMs: 10,
      },
    ).catch(() => {
      throw new Error(
        `no ${type} within ${timeoutMs} ms; seen: ${this.events.map(({ event }) => event.type).join(', ')}`,
      );
    });
  }

  async waitForFrame(type: LiveServerFrame['type'], timeoutMs = 10_000): Promise<void> {
    await waitUntil(async () => this.frames.find((frame) => frame.type === type), { timeoutMs, everyMs: 5 });
  }

  async waitForSeq(seq: number, timeoutMs = 30_000): Promise<void> {
    await waitUntil(async () => (this.lastSeq >= seq ? true : undefined), { timeoutMs, everyMs: 5 });
  }

  #onFrame(frame: LiveServerFrame): void {
    this.frames.push(frame);
    if (frame.type === 'event') this.events.push(frame);
  }
}
