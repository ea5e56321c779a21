import { adminUsageQuery, type UsagePage, usagePage, usageQuery } from '@podex/contracts/model-usage';
import { withQuery } from '@podex/contracts/query';
import type { Command } from 'commander';
import type { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { usageText } from './usage-text.ts';

interface UsageOptions extends ConnectionOptions {
  by: string;
  from?: string;
  to?: string;
  all?: boolean;
  limit: string;
  after?: string;
  json?: boolean;
}

/** What the agent used of models. Everybody’s is for admins. */
export function addUsageCommand(program: Command): void {
  addConnectionOptions(program.command('usage'))
    .description('what the agent used of models, and what it cost')
    .option('--by <group>', 'day, model, workspace or conversation; with --all also holder', 'day')
    .option('--from <day>', 'first UTC day, such as 2026-11-01; the first of the month when left out')
    .option('--to <day>', 'last UTC day; today when left out')
    .option('--all', 'of everybody (for admins)')
    .option('--limit <count>', 'how many rows', '50')
    .option('--after <cursor>', 'the next page, as the page before named it')
    .option('--json', 'for programs')
    .action(show);
}

async function show({ json, all, by, from, to, limit, after, ...options }: UsageOptions): Promise<void> {
  const query = { by, from, to, limit, after };
  requireValid(all === true ? adminUsageQuery : usageQuery, query);
  const path = withQuery(all === true ? '/api/admin/usage' : '/api/usage', query);
  const page: UsagePage = await withApi(options, ({ ask }) =>
    ask({ method: 'GET', path, schema: usagePage }),
  );
  console.log(json === true ? JSON.stringify(page, null, 2) : usageText(page, by));
}

/** @throws CliError when an option cannot have its value. */
function requireValid(schema: z.ZodType, query: object): void {
  const parsed = schema.safeParse(query);
  if (parsed.success) return;
  const [issue] = parsed.error.issues;
  throw new CliError(`--${issue?.path.join('.')}: ${issue?.message}`, {
    cure: 'podex usage --help',
    exitCode: EXIT.usage,
  });
}
