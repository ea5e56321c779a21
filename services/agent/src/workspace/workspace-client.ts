import { type Checkpoint, type CreateCheckpointInput, checkpoint } from '@podex/contracts/checkpoints';
import { type Command, command, type RunCommandInput } from '@podex/contracts/commands';
import {
  type EditFileInput,
  type EditFileResult,
  type EditPreview,
  editFileResult,
  editPreview,
  type FileEntry,
  type FileListing,
  fileEntry,
  fileListing,
  type SearchQuery,
  type SearchResult,
  searchResult,
} from '@podex/contracts/files';
import type { CommandId } from '@podex/contracts/ids';
import type { z } from 'zod';
import {
  askWorkspace,
  type WorkspaceAddress,
  type WorkspaceCall,
  type WorkspaceRequest,
} from './workspace-http.ts';

export interface FileText {
  /** At most `maxBytes` of it. Undefined when it is not UTF-8 text. */
  text: string | undefined;
  /** The bytes that were read. */
  bytes: Buffer;
  isWhole: boolean;
  /** Of the file, in bytes; undefined when the response does not say. */
  size: number | undefined;
  etag: string | undefined;
}

/** The version of a file that a change may replace. */
export type ReplacedVersion = { etag: string } | 'none' | 'any';

export interface ChangeCall extends WorkspaceCall {
  idempotencyKey: string;
  replaces: ReplacedVersion;
}

export type SearchOptions = Pick<SearchQuery, 'q'> & Partial<SearchQuery>;

/** How much longer than the asked wait the answer may take. */
const WAIT_SLACK_MS = 15_000;
const COPY_TIMEOUT_MS = 60_000;
/** What is begun by then is finished without anybody waiting. */
const CHECKPOINT_TIMEOUT_MS = 15_000;

/**
 * The workspace API, as the tools use it. Paths are absolute inside the workspace, or relative to /home/dev. Every call waits
 * a moment for a workspace that starts (see WorkspaceCall), and throws WorkspaceNotReady or the PodexError that the workspace answers with.
 */
export class WorkspaceClient {
  readonly #address: WorkspaceAddress;
  /** Whether the turn may be released when the workspace is not ready; without it calls fail then. */
  mayWait = true;

  constructor(address: Omit<WorkspaceAddress, 'mayWait'>) {
    this.#address = { ...address, mayWait: () => this.mayWait };
  }

  /** From now on the workspace refuses what earlier attempts at the turn send late. */
  async announceAttempt(call: WorkspaceCall): Promise<void> {
    await this.list('.', { ...call, limit: 1 });
  }

  /** `limit`: of children. */
  list(path: string, call: WorkspaceCall & { limit?: number }): Promise<FileListing> {
    const query = { path, limit: call.limit };
    return this.#json(fileListing, { method: 'GET', path: '/files', query }, call);
  }

  readText(path: string, call: WorkspaceCall & { maxBytes: number }): Promise<FileText> {
    const request = { method: 'GET', path: '/files/content', query: { path } };
    return askWorkspace(this.#address, request, call, async ({ body, headers }) => {
      const length = headers.get('content-length');
      return {
        ...toText(await readUpTo(body, call.maxBytes)),
        size: length === null ? undefined : Number(length),
        etag: headers.get('etag') ?? undefined,
      };
    });
  }

  /** @throws PodexError file_changed when another version is there than the one that may be replaced. */
  writeText(path: string, text: string, call: ChangeCall): Promise<FileEntry> {
    const headers = changeHeaders(call);
    const request = { method: 'PUT', path: '/files/content', query: { path }, headers, body: text };
    return this.#json(fileEntry, request, call);
  }

  /** @throws PodexError file_changed as `writeText`. */
  edit(input: EditFileInput, call: ChangeCall): Promise<EditFileResult> {
    const headers = changeHeaders(call);
    return this.#json(
      editFileResult,
      { method: 'POST', path: '/files/edit', headers, body: { ...input } },
      call,
    );
  }

  /** What `edit` would do, or the error that it would end in; changes nothing. */
  previewEdit(input: EditFileInput, call: WorkspaceCall): Promise<EditPreview> {
    return this.#json(editPreview, { method: 'POST', path: '/files/edit/preview', body: { ...input } }, call);
  }

  async remove(path: string, call: WorkspaceCall): Promise<void> {
    const request = { method: 'DELETE', path: '/files/content', query: { path } };
    await askWorkspace(this.#address, request, call, async (response) => response.body?.cancel());
  }

  /** Once for each id. */
  createCheckpoint(input: CreateCheckpointInput, call: WorkspaceCall): Promise<Checkpoint> {
    const request = {
      method: 'POST',
      path: '/checkpoints',
      body: { ...input },
      timeoutMs: CHECKPOINT_TIMEOUT_MS,
    };
    return this.#json(checkpoint, request, call);
  }

  search(query: SearchOptions, call: WorkspaceCall): Promise<SearchResult> {
    return this.#json(searchResult, { method: 'GET', path: '/search', query: { ...query } }, call);
  }

  /** Starts the command, or attaches to it when its id was used before. `waitMs`: at most 60,000. */
  runCommand(
    id: CommandId,
    input: RunCommandInput,
    call: WorkspaceCall & { waitMs: number },
  ): Promise<Command> {
    return this.#json(command, { ...commandRequest('PUT', id, call.waitMs), body: { ...input } }, call);
  }

  getCommand(id: CommandId, call: WorkspaceCall & { waitMs: number }): Promise<Command> {
    return this.#json(command, commandRequest('GET', id, call.waitMs), call);
  }

  /** Signals its process group: TERM, and KILL after five seconds. */
  killCommand(id: CommandId, call: WorkspaceCall): Promise<Command> {
    return this.#json(command, { method: 'DELETE', path: `/commands/${id}` }, call);
  }

  /**
   * Gives the output from byte `after` on, piece by piece with the offset behind it, until the command ends. Does not reconnect.
   * Output that is not held any more is left out.
   */
  followOutput(
    id: CommandId,
    call: { signal: AbortSignal; after: number; onBytes: (bytes: Uint8Array, end: number) => Promise<void> },
  ): Promise<void> {
    const request = {
      method: 'GET',
      path: `/commands/${id}/output`,
      query: { after: call.after },
      isEndless: true,
    };
    return askWorkspace(
      this.#address,
      request,
      { signal: call.signal, startTimeoutMs: 0 },
      async (response) => {
        let end = outputOffset(response, call.after);
        for await (const bytes of response.body ?? []) {
          end += bytes.length;
          await call.onBytes(bytes, end);
        }
      },
    );
  }

  /**
   * Copies the output of an ended command into a file of the workspace, as it comes, through this service. Gives the offset of its
   * first byte: above 0 when the beginning is not held any more.
   */
  copyOutput(id: CommandId, path: string, call: { signal: AbortSignal }): Promise<number> {
    const source = {
      method: 'GET',
      path: `/commands/${id}/output`,
      query: { after: 0 },
      timeoutMs: COPY_TIMEOUT_MS,
    };
    return askWorkspace(this.#address, source, { ...call, startTimeoutMs: 0 }, async (response) => {
      const target = { method: 'PUT', path: '/files/content', query: { path }, timeoutMs: COPY_TIMEOUT_MS };
      await this.#json(fileEntry, { ...target, body: response.body ?? '' }, call);
      return outputOffset(response, 0);
    });
  }

  #json<Schema extends z.ZodType>(
    schema: Schema,
    request: WorkspaceRequest,
    call: WorkspaceCall,
  ): Promise<z.output<Schema>> {
    return askWorkspace(this.#address, request, call, async (response) =>
      schema.parse(await response.json()),
    );
  }
}

function changeHeaders({ idempotencyKey, replaces }: ChangeCall): Record<string, string> {
  const key = { 'idempotency-key': idempotencyKey };
  if (replaces === 'any') return key;
  return replaces === 'none' ? { ...key, 'if-none-match': '*' } : { ...key, 'if-match': replaces.etag };
}

/** Where the output really begins. */
function outputOffset(response: Response, asked: number): number {
  const offset = Number(response.headers.get('x-output-offset') ?? asked);
  return Number.isSafeInteger(offset) ? offset : asked;
}

function commandRequest(method: string, id: CommandId, waitMs: number): WorkspaceRequest {
  return { method, path: `/commands/${id}`, query: { wait_ms: waitMs }, timeoutMs: waitMs + WAIT_SLACK_MS };
}

async function readUpTo(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop ends the transfer.
    if (size > maxBytes) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), isWhole: size <= maxBytes };
}

/** Text is UTF-8 without NUL; a character that the bound cuts in two does not make it binary. */
function toText(facts: { bytes: Buffer; isWhole: boolean }): Pick<FileText, 'text' | 'bytes' | 'isWhole'> {
  const { bytes, isWhole } = facts;
  if (bytes.includes(0)) return { ...facts, text: undefined };
  try {
    return {
      ...facts,
      text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole }),
    };
  } catch {
    return { ...facts, text: undefined };
  }
}
