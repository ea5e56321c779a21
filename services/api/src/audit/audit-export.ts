import type { AuditEntry, AuditExportFormat } from '@podex/contracts/audit';

/** The columns of a CSV file, in their order. */
const COLUMNS: Readonly<Record<string, (entry: AuditEntry) => string | number | null | undefined>> = {
  seq: ({ seq }) => seq,
  at: ({ at }) => at,
  action: ({ action }) => action,
  result: ({ result }) => result,
  error_code: ({ error_code: code }) => code,
  actor_kind: ({ actor }) => actor.kind,
  actor_id: ({ actor }) => actor.id,
  actor_email: ({ actor }) => actor.email,
  credential_kind: ({ credential }) => credential?.kind,
  credential_id: ({ credential }) => credential?.id,
  target_kind: ({ target }) => target?.kind,
  target_id: ({ target }) => target?.id,
  target_name: ({ target }) => target?.name,
  workspace_id: ({ workspace_id: id }) => id,
  team_id: ({ team_id: id }) => id,
  address: ({ address }) => address,
  user_agent: ({ user_agent: agent }) => agent,
  request_id: ({ request_id: id }) => id,
  details: ({ details }) => JSON.stringify(details),
  hash: ({ hash }) => hash,
};

/** A spreadsheet takes a cell that begins with one of these for a formula, which can send the sheet away. */
const FORMULA = /^[\s]*[=+\-@|%]|^[\t\r\n]/;

/** How a file is written: what stands above all entries, and one entry. */
export interface ExportForm {
  contentType: string;
  head: string;
  line(entry: AuditEntry): string;
}

export const EXPORT_FORMS: Readonly<Record<AuditExportFormat, ExportForm>> = {
  ndjson: {
    contentType: 'application/x-ndjson',
    head: '',
    line: (entry) => `${JSON.stringify(entry)}\n`,
  },
  csv: {
    contentType: 'text/csv; charset=utf-8',
    head: `${Object.keys(COLUMNS).join(',')}\r\n`,
    line: (entry) =>
      `${Object.values(COLUMNS)
        .map((read) => cellOf(read(entry)))
        .join(',')}\r\n`,
  },
};

/** RFC 4180. What would be a formula is text, behind the apostrophe by which spreadsheets know it. */
function cellOf(value: string | number | null | undefined): string {
  if (typeof value === 'number') return String(value);
  const text = value ?? '';
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

export interface ExportSource {
  form: ExportForm;
  /** The entries after this one, in their order; none at the end. */
  next(after: number): Promise<readonly AuditEntry[]>;
}

/** As fast as it is read, a batch in memory at a time. */
export function streamExport({ form, next }: ExportSource): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let after = 0;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (form.head !== '') controller.enqueue(encoder.encode(form.head));
    },
    async pull(controller) {
      const entries = await next(after);
      const last = entries.at(-1);
      if (last === undefined) {
        controller.close();
        return;
      }
      after = last.seq;
      controller.enqueue(encoder.encode(entries.map(form.line).join('')));
    },
  });
}
