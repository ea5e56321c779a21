import type {
  AuditExportFormat,
  AuditFilter,
  AuditVerification,
  auditPage,
  ListAuditQuery,
  verifyAuditQuery,
} from '@podex/contracts/audit';
import { PodexError } from '@podex/contracts/errors';
import type { z } from 'zod';
import type { Bus } from '../bus/bus.ts';
import type { Call } from '../calls/call.ts';
import { RATE_LIMITS, requireBelow } from '../calls/rate-limits.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { appendAudit } from './append-audit.ts';
import { EXPORT_FORMS, type ExportForm, streamExport } from './audit-export.ts';
import type { AuditSeal } from './audit-seal.ts';
import { findHead, listFiltered, listForExport } from './audit-store.ts';
import { verifyLog } from './audit-verification.ts';
import { presentEntry } from './audit-view.ts';

const EXPORT_BATCH = 1_000;

export interface AuditServiceOptions {
  db: Db;
  bus: Pick<Bus, 'hit'>;
  transact: Transact;
  seal: AuditSeal;
}

/** What admins do with the audit log: read it, take it away, check it. */
export class AuditService {
  readonly #options: AuditServiceOptions;

  constructor(options: AuditServiceOptions) {
    this.#options = options;
  }

  async list({ after, limit, ...filter }: ListAuditQuery): Promise<z.infer<typeof auditPage>> {
    const rows = await listFiltered(this.#options.db, filter, { before: after, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const next = rows.length > limit && last !== undefined ? String(last.seq) : null;
    return { items: shown.map(presentEntry), next };
  }

  /** All that stood in the log when it was asked for, and that it was asked for as the entry after. */
  async export(
    format: AuditExportFormat,
    filter: AuditFilter,
    call: Call,
  ): Promise<{ form: ExportForm; body: ReadableStream<Uint8Array> }> {
    const { db, transact } = this.#options;
    const { last_seq: upTo } = await findHead(db);
    const given = Object.entries(filter).filter(([, value]) => value !== undefined);
    await transact(async (work) =>
      appendAudit(work, call, {
        action: 'audit.exported',
        target: { kind: 'audit' },
        details: { ...Object.fromEntries(given), format, last_seq: upTo },
      }),
    );
    const form = EXPORT_FORMS[format];
    const next = async (after: number) => {
      const rows = await listForExport(db, filter, { after, upTo, limit: EXPORT_BATCH });
      return rows.map(presentEntry);
    };
    return { form, body: streamExport({ form, next }) };
  }

  /** @throws PodexError invalid_request, rate_limited. */
  async verify(
    { seq, hash }: z.output<typeof verifyAuditQuery>,
    { actor }: Call,
  ): Promise<AuditVerification> {
    const { db, bus, seal } = this.#options;
    if ((seq === undefined) !== (hash === undefined)) {
      throw new PodexError('invalid_request', 'Give seq and hash together: they are of one entry.', {
        issues: [seq === undefined ? 'seq: is missing' : 'hash: is missing'],
      });
    }
    await requireBelow(bus, RATE_LIMITS.auditChecksOfUser, actor.userId);
    return verifyLog(db, seal, seq === undefined || hash === undefined ? undefined : { seq, hash });
  }
}
