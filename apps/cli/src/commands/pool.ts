import { type Pool, pool } from '@podex/contracts/pool';
import { settings } from '@podex/contracts/settings';
import { countOf } from '@podex/contracts/text';
import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { addWord } from './server-flags.ts';
import { parseSetting } from './setting-text.ts';

const SIZE = 'warm_pool_size';
const SCHEDULE = 'warm_pool_schedule';

interface PoolOptions extends ConnectionOptions {
  json?: boolean;
}

/** The containers that wait for an owner, so that a new workspace is there at once. For admins. */
export function addPoolCommand(program: Command): void {
  const command = program
    .command('pool')
    .description('warm containers that wait for a new workspace (for admins)');
  const add = (usage: string, description: string) =>
    addConnectionOptions(command.command(usage)).description(description).option('--json', 'for programs');
  add('show', 'how many are wanted and ready, where, and why there are fewer').action(show);
  add('set [slots]', 'keep so many; 0 keeps none, "default" is what COMPUTE_WARM_POOL_SIZE says')
    .option(
      '--schedule <line>',
      'another size by the clock, like "weekdays 08:00-18:00 Europe/Vienna 5"; repeat it; "none" removes all',
      addWord,
    )
    .action(set);
}

async function show(options: PoolOptions): Promise<void> {
  print(await withApi(options, ({ ask }) => read(ask)), options);
}

async function set(text: string | undefined, options: PoolOptions & { schedule?: string[] }): Promise<void> {
  const { schedule } = options;
  if (text === undefined && schedule === undefined) {
    throw new CliError('Nothing to set.', {
      cure: 'give a number of slots, a --schedule, or both',
      exitCode: EXIT.usage,
    });
  }
  const body = {
    ...(text === undefined ? {} : { [SIZE]: parseSetting(SIZE, text).value }),
    ...(schedule === undefined ? {} : { [SCHEDULE]: parseSetting(SCHEDULE, schedule.join(',')).value }),
  };
  const changed = await withApi(options, async ({ ask }) => {
    await ask({ method: 'PATCH', path: '/api/admin/settings', body, schema: settings });
    return read(ask);
  });
  print(changed, options);
}

function read(ask: AskApi): Promise<Pool> {
  return ask({ method: 'GET', path: '/api/admin/pool', schema: pool });
}

function print(seen: Pool, { json }: PoolOptions): void {
  console.log(json ? JSON.stringify(seen, null, 2) : poolText(seen));
}

/** @internal Exported for its test. */
export function poolText(seen: Pool): string {
  const { wanted, ready, filling, removing, servers, last_failure: failure } = seen;
  const width = Math.max(0, ...servers.map(({ name }) => name.length));
  return [
    `${ready} of ${countOf(wanted, 'slot')} ready, ${filling} filling, ${removing} removing`,
    `image ${seen.image ?? 'not known yet'}, size ${seen.size}`,
    ...seen.schedule.map((line) => {
      return `schedule: ${line}${line === seen.scheduled_by ? '  (now)' : ''}`;
    }),
    ...(seen.next_change === null ? [] : [nextText(seen.next_change)]),
    ...servers.map((server) => {
      const counts = `${server.ready} ready, ${server.filling} filling, ${server.removing} removing`;
      return `${server.name.padEnd(width)}  ${counts}`;
    }),
    ...(seen.is_kept
      ? []
      : ['No compute service keeps the pool at present. Check that one is running: podex status']),
    ...(seen.is_kept && ready + filling < wanted && failure === null
      ? ['Fewer than wanted: servers that take work have no room to spare, or slots are about to be filled.']
      : []),
    ...(failure === null ? [] : [`Last failure, ${failure.at}: ${failure.reason}`]),
  ].join('\n');
}

function nextText({ at, wanted, scheduled_by: line }: NonNullable<Pool['next_change']>): string {
  return `next change: ${countOf(wanted, 'slot')} from ${at} (${line ?? 'no line holds then'})`;
}
