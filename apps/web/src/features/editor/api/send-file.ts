import { PodexError } from '@podex/contracts/errors';
import type { UploadId } from '@podex/contracts/ids';
import { withQuery } from '@podex/contracts/query';
import { type Upload, upload } from '@podex/contracts/uploads';
import { apiUrl } from '#lib/api-address.ts';
import { api, responseOf } from '#lib/api-client.ts';

/** How the bytes of one request go. */
export interface Sending {
  signal: AbortSignal;
  /** Of the bytes of this request. */
  onSent: (bytes: number) => void;
}

const inside = (workspaceId: string) => `/api/workspaces/${encodeURIComponent(workspaceId)}/files`;

/** A small file in one request. `file_changed` when there is one and `replace` is false. */
export async function sendWhole(
  workspaceId: string,
  target: { path: string; replace: boolean },
  file: Blob,
  sending: Sending,
): Promise<void> {
  const address = withQuery(`${inside(workspaceId)}/content`, { path: target.path });
  const headers: Record<string, string> = target.replace ? {} : { 'if-none-match': '*' };
  await send('PUT', address, { body: file, headers }, sending);
}

/** Begins an upload, or says how far it is. */
export async function beginUpload(
  workspaceId: string,
  id: UploadId,
  { path, size, replace }: { path: string; size: number; replace: boolean },
): Promise<Upload> {
  const request = api().PUT('/api/workspaces/{workspace_id}/files/uploads/{upload_id}', {
    params: { path: { workspace_id: workspaceId, upload_id: id } },
    body: { path, size, ...(replace ? {} : { if_none_match: '*' as const }) },
  });
  return await responseOf(upload, request);
}

/** @returns the offset of what comes next. */
export async function sendPart(
  workspaceId: string,
  id: UploadId,
  { offset, part }: { offset: number; part: Blob },
  sending: Sending,
): Promise<number> {
  const address = withQuery(`${inside(workspaceId)}/uploads/${id}`, { offset });
  return upload.parse(JSON.parse(await send('PATCH', address, { body: part, headers: {} }, sending))).offset;
}

/** Safe to ask twice: the second gets the response of the first. */
export async function finishUpload(workspaceId: string, id: UploadId): Promise<void> {
  await api().POST('/api/workspaces/{workspace_id}/files/uploads/{upload_id}/finish', {
    params: { path: { workspace_id: workspaceId, upload_id: id } },
    headers: { 'Idempotency-Key': `finish-${id}` },
  });
}

export async function cancelUpload(workspaceId: string, id: UploadId): Promise<void> {
  await api().DELETE('/api/workspaces/{workspace_id}/files/uploads/{upload_id}', {
    params: { path: { workspace_id: workspaceId, upload_id: id } },
  });
}

/** `fetch` does not say how much of a body it has sent. @returns the text of the response. */
function send(
  method: string,
  address: string,
  { body, headers }: { body: Blob; headers: Record<string, string> },
  { signal, onSent }: Sending,
): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener('abort', abort, { once: true });
    request.open(method, `${apiUrl()}${address}`);
    request.withCredentials = true;
    request.setRequestHeader('content-type', 'application/octet-stream');
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => {
      if (request.status < 300) resolve(request.responseText);
      else reject(PodexError.fromBody(parseJson(request.responseText)));
    };
    request.onerror = () => {
      const message = 'The connection broke off. The upload goes on when Podex can be reached again.';
      reject(new PodexError('service_unavailable', message, { service: 'api' }));
    };
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener('abort', abort);
    request.send(body);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
