import { applyConversationEvent } from '@podex/contracts/apply-conversation-event';
import type { ConversationEvent, DurableEvent } from '@podex/contracts/events';
import type { ConversationId, TurnId } from '@podex/contracts/ids';
import { EMPTY_TRANSCRIPT, type TranscriptPage, type TranscriptQuery } from '@podex/contracts/transcript';
import type { Db, Tx } from '../../database/connect.ts';
import { findTopicRange, listEventsOfTurns, measureTurns, presentEvent } from '../../events/event-store.ts';
import { topicOf } from '../../events/topics.ts';
import { measurePreviews } from './approval-store.ts';
import { withContents } from './event-contents.ts';
import { measureInputs } from './step-store.ts';
import { countUnendedTail, listTurnsBefore, type TurnRow } from './turn-store.ts';

/** A page ends early, after a whole turn, when its events take more than this where they are stored. */
const PAGE_STORED_BYTES_MAX = 1_000_000;

/**
 * A page of turns, folded from their events: the same that a client makes which follows the conversation from its first event. All of it
 * is read from one state of the database, so the events after `seq` continue it without a gap.
 */
export async function readTranscriptPage(
  db: Db,
  id: ConversationId,
  { after, limit }: TranscriptQuery,
): Promise<TranscriptPage> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const topic = topicOf.conversation(id);
      const { lastSeq } = await findTopicRange(tx, topic);
      // Only turns that have ended may be left to later pages: those do not change any more.
      const needed = after === undefined ? await countUnendedTail(tx, id) : 0;
      const most = Math.max(limit, needed);
      const rows = await listTurnsBefore(tx, id, { before: after, limit: most + 1 });
      const sizes = await measure(
        tx,
        rows.map((row) => row.id),
      );
      const shown = rows.slice(0, countFitting(rows.slice(0, most), sizes, Math.max(needed, 1)));
      const events = await listEventsOfTurns(
        tx,
        shown.map((row) => row.id),
      );
      const { turns } = (await withContents(tx, events))
        .map(presentEvent)
        .filter(isOfTurn)
        .reduce(applyConversationEvent, EMPTY_TRANSCRIPT);
      return {
        conversation_id: id,
        items: turns.toReversed(),
        next: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null,
        seq: lastSeq,
      };
    });
}

/** How many bytes what is shown of each turn takes where it is stored. */
async function measure(tx: Tx, ids: readonly TurnId[]): Promise<Map<TurnId, number>> {
  const parts = [await measureTurns(tx, ids), await measureInputs(tx, ids), await measurePreviews(tx, ids)];
  return new Map(ids.map((id) => [id, parts.reduce((sum, bytes) => sum + (bytes.get(id) ?? 0), 0)]));
}

/** How many turns, newest first, fit into a page; at least `least`. */
function countFitting(
  rows: readonly TurnRow[],
  sizes: ReadonlyMap<TurnRow['id'], number>,
  least: number,
): number {
  let bytes = 0;
  const end = rows.findIndex(({ id }, index) => {
    bytes += sizes.get(id) ?? 0;
    return index >= least && bytes > PAGE_STORED_BYTES_MAX;
  });
  return end === -1 ? rows.length : end;
}

function isOfTurn(event: DurableEvent): event is ConversationEvent {
  return 'turn_id' in event;
}
