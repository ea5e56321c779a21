import { type WatchEvent, watchEvent } from '@podex/contracts/file-events';
import { streamingApi } from '#lib/api-client.ts';
import { streamLines } from '#lib/stream-lines.ts';

const DATA = 'data: ';

/** What happens to the entries of these folders, until the signal or until the connection ends. */
export async function* watchFolders(
  workspaceId: string,
  folders: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const { data } = await streamingApi().GET('/api/workspaces/{workspace_id}/watch', {
    params: { path: { workspace_id: workspaceId }, query: { path: [...folders] } },
    parseAs: 'stream',
    signal,
  });
  if (data === undefined || data === null) return;
  for await (const line of streamLines(data)) {
    if (line.startsWith(DATA)) yield watchEvent.parse(JSON.parse(line.slice(DATA.length)));
  }
}
