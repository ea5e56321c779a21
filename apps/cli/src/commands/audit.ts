import { pipeline } from 'node:stream/promises';
import {
  type AuditEntry,
  type AuditVerification,
  auditPage,
  auditVerification,
  exportAuditQuery,
  listAuditQuery,
  verifyAuditQuery,
} from '@podex/contracts/audit';
import { countOf } from '@podex/contracts/text';
import type { Command } from 'commander';
import type { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import { loadCliConfig } from '../config.ts';
import { asAdmin } from '../connection/admin-api.ts';

const PATH = '/api/admin/audit';

type Options = Record<string, string | boolean | undefined>;

export function addAuditCommand(program: Command): void {
  const audit = program.command('audit').description('who did what, when, and from where');
  addFilter(audit.command('list').description('entries of the audit log, newest first'))
    .option('--limit <count>', 'how many', '50')
    .option('--after <seq>', 'only entries before this one: the next page')
    .option('--json', 'for programs')
    .action(list);
  addFilter(audit.command('export').description('print all entries that the filter finds, oldest first'))
    .option('--format <format>', 'ndjson or csv', 'ndjson')
    .action(exportAll);
  audit
    .command('verify')
    .description('check that nobody changed, removed or reordered entries')
    .option('--seq <seq>', 'last entry of an earlier check')
    .option('--hash <hash>', 'its hash, as that check printed it')
    .option('--json', 'for programs')
    .action(verify);
}

function addFilter(command: Command): Command {
  return command
    .option('--actor <who>', 'email or id of who did it; system for Podex itself')
    .option('--action <action>', 'such as sign_in.failed, or sign_in for all of them')
    .option('--target <what>', 'id or name of what it was done to')
    .option('--workspace <id>', 'about this workspace')
    .option('--team <id>', 'about this team')
    .option('--result <result>', 'succeeded, failed or denied')
    .option('--from <time>', 'not before, such as 2026-11-01T00:00:00Z')
    .option('--to <time>', 'before this time')
    .option('-q, --q <text>', 'found anywhere in an entry');
}

async function list({ json, ...options }: Options): Promise<void> {
  const path = pathOf('', listAuditQuery, options);
  const page = await asAdmin(loadCliConfig(), (ask) => ask({ method: 'GET', path, schema: auditPage }));
  if (json === true) {
    console.log(JSON.stringify(page, null, 2));
    return;
  }
  if (page.items.length === 0) console.log('no entries');
  printTable(page.items.map(cellsOf));
  if (page.next !== null) console.log(`More: --after ${page.next}`);
}

async function exportAll(options: Options): Promise<void> {
  const path = pathOf('/export', exportAuditQuery, options);
  await asAdmin(loadCliConfig(), async (_ask, _apiUrl, download) => {
    await pipeline(await download(path), process.stdout, { end: false });
  });
}

async function verify({ json, ...options }: Options): Promise<void> {
  const path = pathOf('/verify', verifyAuditQuery, options);
  const found = await asAdmin(loadCliConfig(), (ask) =>
    ask({ method: 'GET', path, schema: auditVerification }),
  );
  if (json === true) console.log(JSON.stringify(found, null, 2));
  else if (found.intact) console.log(intactText(found));
  if (found.problem === null) return;
  throw new CliError(`The audit log is not intact. ${found.problem.message}`, {
    cure: 'compare it with your last export or backup, and look at who can write to the database',
    exitCode: EXIT.failed,
  });
}

function intactText({ entries, first_seq, last_seq, last_hash, resealed }: AuditVerification): string {
  return [
    `The audit log is intact: ${countOf(entries, 'entry', 'entries')}, ${first_seq} to ${last_seq}.`,
    ...resealed.map(
      (seq) =>
        `Its seal had another key until entry ${seq}. Was JWT_SECRET_KEY changed then? If not, it was rewritten.`,
    ),
    'Keep this outside of Podex to check against later:',
    `  podex audit verify --seq ${last_seq} --hash ${last_hash}`,
  ].join('\n');
}

/** @throws CliError when an option cannot have its value. */
function pathOf(below: string, schema: z.ZodType, options: Options): string {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CliError(`${issue?.path.join('.')}: ${issue?.message}`, {
      cure: 'podex audit --help',
      exitCode: EXIT.usage,
    });
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === 'string') query.set(name, value);
  }
  return `${PATH}${below}?${query}`;
}

function cellsOf({ seq, at, action, result, actor, target, address }: AuditEntry): string[] {
  const who = actor.email ?? actor.id ?? actor.kind;
  const what = target?.name ?? target?.id ?? '';
  return [String(seq), at, action, result, who, what, address ?? ''].map(printable);
}

function printTable(rows: readonly string[][]): void {
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

/** Names come from anybody: a terminal must not obey them. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\ufffd');
}
