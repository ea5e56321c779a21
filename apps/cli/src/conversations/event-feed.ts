import type { IncomingMessage } from 'node:http';
import { PodexError } from '@podex/contracts/errors';
import { type ConversationEvent, conversationEvent } from '@podex/contracts/events';
import { withQuery } from '@podex/contracts/query';
import { backoffMs, pause } from '@podex/service-kit/waiting';
import { z } from 'zod';
import { CliError, EXIT, errorCode } from '../cli-error.ts';
import { downloadFromApi } from '../connection/api-request.ts';
import type { ApiConnection } from '../connection/connect.ts';
import { type EventFrame, readFrames } from './event-frames.ts';

const BACKOFF_BASE_MS = 250;
const BACKOFF_MAX_MS = 5_000;
/** Api says something every 15 seconds. */
const SILENCE_MAX_MS = 45_000;

export type FeedItem =
  | {
      type: 'event';
      /** As api sent it. */
      json: string;
      /** Undefined: of a kind that a newer Podex has. */
      event: ConversationEvent | undefined;
    }
  /** Events were missed that are gone: the transcript has what they made. */
  | { type: 'reset' };

export interface FeedOptions {
  conversationId: string;
  /** The newest event that is known already. */
  after: number;
  /** Ends the feed, which throws its reason. */
  signal: AbortSignal;
  /** Once for each time that api can’t be reached, and once when it can again. */
  onConnection?: (state: 'lost' | 'restored') => void;
}

const sequenced = z.object({ seq: z.number().int() });

/**
 * The events of a conversation after `after`, each once and in order, without end: a connection that breaks is made again, and goes on
 * where it broke.
 *
 * @throws CliError when api refuses.
 */
export async function* readFeed(
  { withAddress }: Pick<ApiConnection, 'withAddress'>,
  { conversationId, after, signal, onConnection }: FeedOptions,
): AsyncGenerator<FeedItem> {
  const known = { seq: after };
  for (let failures = 0; ; failures += 1) {
    try {
      const path = withQuery(`/api/conversations/${conversationId}/events`, { after: known.seq });
      const response = await withAddress((address) => downloadFromApi(address, path, signal));
      if (failures > 0) onConnection?.('restored');
      failures = 0;
      yield* itemsOf(response, known);
    } catch (error) {
      signal.throwIfAborted();
      if (!passes(error)) throw error;
    }
    if (failures === 0) onConnection?.('lost');
    await pause(backoffMs(failures, BACKOFF_BASE_MS, BACKOFF_MAX_MS), signal);
  }
}

/** The items of one connection; `known` follows them. */
async function* itemsOf(response: IncomingMessage, known: { seq: number }): AsyncGenerator<FeedItem> {
  for await (const frame of readFrames(watched(response))) {
    const seq = seqOf(frame);
    if (seq === undefined || (frame.event === 'message' && seq <= known.seq)) continue;
    known.seq = seq;
    yield frame.event === 'reset' ? { type: 'reset' } : { type: 'event', ...parsed(frame.data) };
  }
}

/** A peer that is gone without a word ends the stream as well. */
function watched(response: IncomingMessage): IncomingMessage {
  return response.setTimeout(SILENCE_MAX_MS, () => {
    response.destroy(Object.assign(new Error('api has fallen silent'), { code: 'ETIMEDOUT' }));
  });
}

/** What ends a stream for another reason, such as rights that changed, is told by the next connection. */
function seqOf({ event, data }: EventFrame): number | undefined {
  if (event !== 'message' && event !== 'reset') return undefined;
  return sequenced.parse(JSON.parse(data)).seq;
}

function parsed(json: string): { json: string; event: ConversationEvent | undefined } {
  return { json, event: conversationEvent.safeParse(JSON.parse(json)).data };
}

/** Whether it may go another time: api is restarted, or the network was gone for a moment. */
function passes(error: unknown): boolean {
  if (!(error instanceof CliError)) return errorCode(error) !== undefined;
  if (error.exitCode === EXIT.notRunning) return true;
  const { cause } = error;
  return PodexError.isInstance(cause) && (cause.status >= 500 || cause.status === 429);
}
