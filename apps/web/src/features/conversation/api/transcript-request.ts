import { type TranscriptPage, transcriptPage } from '@podex/contracts/transcript';
import { api, responseOf } from '#lib/api-client.ts';

/** Turns of a page. One that a screen shows at once, and little enough to be there at once. */
const PAGE_TURNS = 20;

/** Newest turns first; `before` is the `next` of the page before. */
export function fetchTranscriptPage(
  conversationId: string,
  before: string | null,
  signal: AbortSignal,
): Promise<TranscriptPage> {
  return responseOf(
    transcriptPage,
    api().GET('/api/conversations/{conversation_id}/transcript', {
      params: {
        path: { conversation_id: conversationId },
        query: { limit: PAGE_TURNS, ...(before === null ? {} : { after: before }) },
      },
      signal,
    }),
  );
}
