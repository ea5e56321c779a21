import { type AuditDetails, auditDetails } from '@podex/contracts/audit';
import type { Logger } from '@podex/service-kit/logger';
import type { AuditRecord } from '../database/audit-record.ts';
import type { Db, Tx } from '../database/connect.ts';
import { toJson, toText } from '../database/storable.ts';
import type { Transact } from '../database/transact.ts';
import { type AuditFact, appendAudit, SYSTEM } from './append-audit.ts';
import { hashEntry, type PlacedRecord } from './audit-chain.ts';
import type { AuditSeal, SealedEnds, SealState } from './audit-seal.ts';
import {
  deleteRemoved,
  findFirstKept,
  findHash,
  findHead,
  insertEntries,
  lockHead,
  updateHead,
} from './audit-store.ts';

const TEXT_MAX = 254;
const USER_AGENT_MAX = 512;
const LIST_MAX = 50;
/** Removed in one transaction: meanwhile no other entry is written. */
const REMOVED_AT_ONCE = 5_000;

export interface AuditLogOptions {
  seal: AuditSeal;
  logger: Logger;
}

/** The end of the log: where entries get their place, their hash and, as a whole, their seal. */
export class AuditLog {
  readonly #seal: AuditSeal;
  readonly #logger: Logger;

  constructor({ seal, logger }: AuditLogOptions) {
    this.#seal = seal;
    this.#logger = logger;
  }

  /** Appends in the caller’s transaction, which locks nothing more after it. */
  async write(tx: Tx, records: readonly AuditRecord[]): Promise<void> {
    const head = await lockHead(tx);
    const state = this.#seal.check(head);
    const all = [...this.#notesOn(state, head), ...records];
    if (all.length === 0) return;
    const entries = chain(head, all);
    await insertEntries(tx, entries);
    const last = entries.at(-1);
    if (last !== undefined) await this.#sealHead(tx, { ...head, last_seq: last.seq, last_hash: last.hash });
  }

  /** Begins a new log, so that one without entries is never a right one. */
  async begin(db: Db, transact: Transact): Promise<void> {
    if ((await findHead(db)).seal === null) await transact(({ tx }) => this.write(tx, []));
  }

  /**
   * Removes entries that are older than so many days, the oldest first.
   *
   * @returns whether there may be more to remove.
   */
  async prune(transact: Transact, days: number): Promise<boolean> {
    return transact(async ({ tx, record }) => {
      const head = await lockHead(tx);
      const firstKept = (await findFirstKept(tx, days)) ?? head.last_seq;
      const upTo = Math.min(firstKept - 1, head.removed_seq + REMOVED_AT_ONCE);
      // What does not fit its seal is evidence.
      if (upTo <= head.removed_seq || this.#seal.check(head) !== 'fits') return false;
      const removedHash = await findHash(tx, upTo);
      if (removedHash === undefined) return false;
      await this.#sealHead(tx, { ...head, removed_seq: upTo, removed_hash: removedHash });
      await deleteRemoved(tx, upTo);
      appendAudit({ record }, SYSTEM, {
        action: 'audit.pruned',
        target: { kind: 'audit' },
        details: { first_seq: head.removed_seq + 1, last_seq: upTo, retention_days: days },
      });
      return upTo < firstKept - 1;
    });
  }

  /** A witness outside of the database: the service log says how far the audit log was. */
  async logEnd(db: Db): Promise<void> {
    const { last_seq: seq, last_hash: hash } = await findHead(db);
    this.#logger.info({ seq, hash: hash.toString('hex') }, 'audit.end');
  }

  async #sealHead(tx: Tx, head: SealedEnds): Promise<void> {
    await updateHead(tx, { ...head, key_id: this.#seal.keyId, seal: this.#seal.sealOf(head) });
  }

  /** The log goes on whatever its seal says, but never as if nothing had been. */
  #notesOn(state: SealState, head: SealedEnds): AuditRecord[] {
    if (state === 'fits') return [];
    const records: AuditRecord[] = [];
    const note = (fact: AuditFact) =>
      appendAudit({ record: (entry) => void records.push(entry) }, SYSTEM, {
        ...fact,
        target: { kind: 'audit' },
      });
    if (state === 'new') note({ action: 'audit.started' });
    else {
      this.#logger.error({ seq: head.last_seq, seal: state }, 'audit.seal_does_not_fit');
      note({ action: 'audit.resealed', details: { seal: state, last_seq: head.last_seq } });
    }
    return records;
  }
}

function chain(
  head: SealedEnds & { now: Date },
  records: readonly AuditRecord[],
): (PlacedRecord & { hash: Buffer })[] {
  let previous = head.last_hash;
  return records.map((record, index) => {
    const placed: PlacedRecord = { ...storable(record), seq: head.last_seq + index + 1, at: head.now };
    previous = hashEntry(previous, placed);
    return { ...placed, hash: previous };
  });
}

/** What is hashed is what can be read again: within bounds, and without what PostgreSQL cannot hold. */
function storable(record: AuditRecord): AuditRecord {
  const text = (value: string | null, max = TEXT_MAX) =>
    value === null ? null : toText(value.slice(0, max));
  return {
    ...record,
    error_code: text(record.error_code),
    actor_id: text(record.actor_id),
    actor_email: text(record.actor_email),
    credential_id: text(record.credential_id),
    target_id: text(record.target_id),
    target_name: text(record.target_name),
    workspace_id: text(record.workspace_id),
    team_id: text(record.team_id),
    address: text(record.address),
    user_agent: text(record.user_agent, USER_AGENT_MAX),
    request_id: text(record.request_id),
    details: storableDetails(record.details),
  };
}

function storableDetails(details: AuditDetails): AuditDetails {
  const bounded = Object.entries(details).map(([name, value]) => {
    if (typeof value === 'string') return [name, value.slice(0, TEXT_MAX)];
    if (Array.isArray(value)) return [name, value.slice(0, LIST_MAX).map((item) => item.slice(0, TEXT_MAX))];
    return [name, value];
  });
  return auditDetails.parse(JSON.parse(toJson(Object.fromEntries(bounded))));
}
