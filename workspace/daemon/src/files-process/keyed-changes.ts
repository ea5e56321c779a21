import { createHash, type Hash, randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { PodexError } from '@podex/contracts/errors';
import { withQuery } from '@podex/contracts/query';
import { z } from 'zod';
import { modifiedAtOf } from '../files/etag.ts';
import type { Answer, Call } from '../http/router.ts';
import { KeyedLock } from '../waiting/keyed-lock.ts';
import type { ChangeJournal, RecordedChange } from './change-journal.ts';
import type { FilesProcessSupervisor, PreparedMessage } from './files-process-supervisor.ts';
import { forwardToFiles } from './forward-files.ts';
import { OPERATION_HEADER, type PreparedAnswer } from './protocol.ts';

const liftedGuard = z.object({ carried_out: z.boolean() });

export interface KeyedChangesOptions {
  files: FilesProcessSupervisor;
  journal: ChangeJournal;
}

/**
 * Changes with an `Idempotency-Key` are carried out once. The files process, which may not see the journal, stages the change and asks;
 * the daemon records the answer and says go on; one rename or unlink later the change is true. Wherever that is cut, a repeated
 * request finds either nothing done, and does it, or everything, and repeats the answer.
 */
export class KeyedChanges {
  readonly #options: KeyedChangesOptions;
  readonly #locks = new KeyedLock();

  constructor(options: KeyedChangesOptions) {
    this.#options = options;
  }

  /** @throws PodexError idempotency_key_reused when the key was used for another request, and all that the change itself throws. */
  async answer(call: Call, key: string): Promise<Answer | undefined> {
    using _lock = await this.#locks.acquire(key);
    const recorded = this.#options.journal.find(key);
    if (recorded !== undefined && (await this.#isCarriedOut(recorded))) return this.#repeat(call, recorded);
    await this.#carryOut(call, key);
    return undefined;
  }

  async #repeat(call: Call, recorded: RecordedChange): Promise<Answer> {
    const hash = startHash(call);
    for await (const chunk of call.request) hash.update(chunk);
    if (hash.digest('hex') !== recorded.request_hash) throw keyReused();
    const { status, body, headers } = withEtag(recorded.answer, recorded.etag);
    return { status, body, headers: { ...headers, 'idempotent-replayed': 'true' } };
  }

  async #carryOut(call: Call, key: string): Promise<void> {
    const { files, journal } = this.#options;
    const operation = randomUUID();
    const hash = startHash(call);
    let isPrepared = false;
    const decide = async ({ guard, answer }: PreparedMessage) => {
      const requestHash = hash.digest('hex');
      try {
        await journal.prepare({
          type: 'prepared',
          key,
          request_hash: requestHash,
          guard,
          answer,
          at: Date.now(),
        });
        isPrepared = true;
        return undefined;
      } catch (error) {
        if (PodexError.isInstance(error)) return error;
        throw error;
      }
    };
    using _listening = files.onPrepared(operation, decide);
    await forwardToFiles(call, {
      files,
      headers: { [OPERATION_HEADER]: operation },
      onBody: (chunk) => hash.update(chunk),
      mustFinish: () => isPrepared,
      // No answer at all (the files process died) leaves the entry as prepared, and the guard to tell.
      async onStatus(status, etag) {
        if (!isPrepared) return;
        if (status < 300) await journal.carriedOut(key, etag);
        else await journal.giveUp(key);
      },
    });
  }

  async #isCarriedOut(recorded: RecordedChange): Promise<boolean> {
    if (recorded.isCarriedOut) return true;
    const { files, journal } = this.#options;
    const { carried_out: isCarriedOut } = await liftGuard(files, recorded.guard);
    if (isCarriedOut) await journal.carriedOut(recorded.key);
    else await journal.giveUp(recorded.key);
    return isCarriedOut;
  }
}

/** The answer as it was sent: what tells one version of a file from another is known only after the change. */
function withEtag(answer: PreparedAnswer, etag: string | undefined): PreparedAnswer {
  if (etag === undefined) return answer;
  return { ...answer, body: entryWithEtag(answer.body, etag), ...(answer.headers && { headers: { etag } }) };
}

/** An entry, or what has one. */
function entryWithEtag(body: unknown, etag: string): unknown {
  if (typeof body !== 'object' || body === null) return body;
  if ('entry' in body) return { ...body, entry: entryWithEtag(body.entry, etag) };
  if (!('etag' in body)) return body;
  const modifiedAt = modifiedAtOf(etag);
  return { ...body, ...(modifiedAt === undefined ? {} : { modified_at: modifiedAt }), etag };
}

/** What makes two requests the same: method, path, conditions and body. */
function startHash({ request, url }: Call): Hash {
  const { 'if-match': ifMatch = '', 'if-none-match': ifNoneMatch = '' } = request.headers;
  return createHash('sha256').update(JSON.stringify([request.method, url, ifMatch, ifNoneMatch]));
}

async function liftGuard(files: FilesProcessSupervisor, guard: string): Promise<z.infer<typeof liftedGuard>> {
  await files.start();
  const outgoing = files.request({ method: 'DELETE', path: withQuery('/guard', { path: guard }) });
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (answer) => {
      text(answer).then((body) => resolve(liftedGuard.parse(JSON.parse(body))), reject);
    });
    outgoing.end();
  });
}

function keyReused(): PodexError {
  return new PodexError('idempotency_key_reused', 'This idempotency key was used for another request.', {});
}
