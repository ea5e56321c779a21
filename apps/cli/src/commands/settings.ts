import { SETTING_KEYS, SETTINGS, type Settings, settings } from '@podex/contracts/settings';
import type { Command } from 'commander';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { formatSetting, parseSetting } from './setting-text.ts';

const PATH = '/api/admin/settings';

export function addSettingsCommand(program: Command): void {
  const command = addConnectionOptions(program.command('settings'))
    .description('what can be changed while Podex runs: who may join, images, limits')
    .option('--json', 'for programs')
    .action(show);
  addConnectionOptions(command.command('set <key> <value>'))
    .description('change one setting; a list is written with commas; "default" brings the default back')
    .action(set);
}

async function show(options: ConnectionOptions & { json?: boolean }): Promise<void> {
  const present = await withApi(options, ({ ask }) => ask({ method: 'GET', path: PATH, schema: settings }));
  console.log(options.json ? JSON.stringify(present, null, 2) : settingsText(present));
}

async function set(key: string, text: string, options: ConnectionOptions): Promise<void> {
  const change = parseSetting(key, text);
  const body = { [change.key]: change.value };
  const { values } = await withApi(options, ({ ask }) =>
    ask({ method: 'PATCH', path: PATH, body, schema: settings }),
  );
  console.log(`${change.key} is ${formatSetting(values[change.key])} now`);
}

function settingsText({ values, changes }: Settings): string {
  const width = Math.max(...SETTING_KEYS.map((key) => key.length));
  return SETTING_KEYS.flatMap((key) => {
    const change = changes.find((candidate) => candidate.key === key);
    const origin = change === undefined ? '' : `  (set by ${change.updated_by ?? 'a former admin'})`;
    return [
      `${key.padEnd(width)}  ${formatSetting(values[key])}${origin}`,
      `${' '.repeat(width)}  ${SETTINGS[key].description}`,
    ];
  }).join('\n');
}
