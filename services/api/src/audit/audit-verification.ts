import type { AuditProblem, AuditVerification } from '@podex/contracts/audit';
import { PodexError } from '@podex/contracts/errors';
import type { Db, Tx } from '../database/connect.ts';
import { hashEntry } from './audit-chain.ts';
import type { AuditSeal, SealedEnds } from './audit-seal.ts';
import { type AuditRow, findHead, listChain } from './audit-store.ts';

const BATCH = 2_000;

/** What an earlier verification said of the end, kept where the database cannot change it. */
export interface EarlierEnd {
  seq: number;
  hash: string;
}

interface Walk {
  entries: number;
  problem: AuditProblem | undefined;
  resealed: number[];
}

/**
 * Reads the whole log, as it stands at one moment, from its first entry to its end, and the seal over both ends.
 *
 * @throws PodexError invalid_request when the earlier end was removed by retention since.
 */
export async function verifyLog(
  db: Db,
  seal: AuditSeal,
  earlier: EarlierEnd | undefined,
): Promise<AuditVerification> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const head = await findHead(tx);
      requireComparable(head, earlier);
      const walk = await walkChain(tx, head, earlier);
      const problem = walk.problem ?? problemOfEnd(seal, head, earlier);
      return {
        intact: problem === undefined,
        entries: walk.entries,
        first_seq: head.removed_seq + 1,
        last_seq: head.last_seq,
        last_hash: head.last_hash.toString('hex'),
        problem: problem ?? null,
        resealed: walk.resealed,
      };
    });
}

function requireComparable(head: SealedEnds, earlier: EarlierEnd | undefined): void {
  if (earlier === undefined || earlier.seq >= head.removed_seq) return;
  throw new PodexError(
    'invalid_request',
    `Entry ${earlier.seq} was removed by retention: nothing can be held against it any more. Use a later one.`,
    { issues: ['seq: was removed by retention'] },
  );
}

async function walkChain(tx: Tx, head: SealedEnds, earlier: EarlierEnd | undefined): Promise<Walk> {
  const walk: Walk = { entries: 0, problem: undefined, resealed: [] };
  let seq = head.removed_seq;
  let hash = head.removed_hash;
  let problem = problemOfNote({ seq, hash }, earlier);
  while (problem === undefined) {
    const rows = await listChain(tx, { after: walk.entries === 0 ? -1 : seq, limit: BATCH });
    for (const row of rows) {
      problem ??= problemOf(row, { seq, hash }, head) ?? problemOfNote(row, earlier);
      if (problem !== undefined) break;
      ({ seq, hash } = row);
      walk.entries += 1;
      if (row.action === 'audit.resealed') walk.resealed.push(row.seq);
    }
    if (rows.length < BATCH) break;
  }
  walk.problem = problem ?? problemOfLast({ seq, hash }, head);
  return walk;
}

interface Link {
  seq: number;
  hash: Buffer;
}

function problemOf(row: AuditRow, previous: Link, head: SealedEnds): AuditProblem | undefined {
  const { seq } = row;
  const wanted = previous.seq + 1;
  if (seq > head.last_seq || seq < wanted) {
    return {
      seq,
      kind: 'entry_foreign',
      message: `Entry ${seq} is beyond the ends of the log: Podex did not write it.`,
    };
  }
  if (seq > wanted) {
    const missing = seq - 1 === wanted ? `Entry ${wanted} is` : `Entries ${wanted} to ${seq - 1} are`;
    return { seq: wanted, kind: 'entry_missing', message: `${missing} missing.` };
  }
  if (!hashEntry(previous.hash, row).equals(row.hash)) {
    return {
      seq,
      kind: 'entry_changed',
      message: `Entry ${seq}, or its place, was changed after it was written.`,
    };
  }
  if (row.action === 'audit.resealed' && row.details.seal !== 'other_key') {
    return {
      seq,
      kind: 'sealed_over',
      message: `When entry ${seq} was written, the seal did not fit: entries before it were changed or removed.`,
    };
  }
  return undefined;
}

function problemOfLast({ seq, hash }: Link, head: SealedEnds): AuditProblem | undefined {
  if (seq < head.last_seq) {
    const message = `The log ends at entry ${seq}, and should end at ${head.last_seq}: later entries are missing.`;
    return { seq: seq + 1, kind: 'end_missing', message };
  }
  if (hash.equals(head.last_hash)) return undefined;
  return { seq, kind: 'entry_changed', message: `Entry ${seq}, the last, is not the one that was sealed.` };
}

function problemOfNote({ seq, hash }: Link, earlier: EarlierEnd | undefined): AuditProblem | undefined {
  if (seq !== earlier?.seq || hash.toString('hex') === earlier.hash) return undefined;
  const message = `Entry ${seq} has another hash than the one that you noted: the log was rewritten.`;
  return { seq, kind: 'note_differs', message };
}

function problemOfEnd(
  seal: AuditSeal,
  head: SealedEnds,
  earlier: EarlierEnd | undefined,
): AuditProblem | undefined {
  const { last_seq: seq } = head;
  if (earlier !== undefined && earlier.seq > seq) {
    const message = `The log ends at entry ${seq}, and you noted entry ${earlier.seq}: later entries are missing.`;
    return { seq: seq + 1, kind: 'end_missing', message };
  }
  const state = seal.check(head);
  if (state === 'fits') return undefined;
  const message =
    state === 'other_key'
      ? 'The log is sealed with another key. Unless JWT_SECRET_KEY was just changed, it was rewritten.'
      : 'The seal over the log does not fit: it was rewritten, or entries at its ends were removed.';
  return { seq, kind: 'seal_broken', message };
}
