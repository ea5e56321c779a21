import { SETTING_KEYS, SETTINGS, type Settings, settings } from '@podex/contracts/settings';
import type { Command } from 'commander';
import { loadCliConfig } from '../config.ts';
import { asAdmin } from '../platform/admin-api.ts';
import { formatSetting, parseSetting } from './setting-text.ts';

const PATH = '/api/admin/settings';

export function addSettingsCommand(program: Command): void {
  const command = program
    .command('settings')
    .description('what can be changed while Podex runs: who may join, images, limits')
    .option('--json', 'for programs')
    .action(show);
  command
    .command('set <key> <value>')
    .description('change one setting; a list is written with commas; "default" brings the default back')
    .action(set);
}

async function show({ json }: { json?: boolean }): Promise<void> {
  const present = await asAdmin(loadCliConfig(), (ask) =>
    ask({ method: 'GET', path: PATH, schema: settings }),
  );
  console.log(json ? JSON.stringify(present, null, 2) : settingsText(present));
}

async function set(key: string, text: string): Promise<void> {
  const change = parseSetting(key, text);
  const body = { [change.key]: change.value };
  const { values } = await asAdmin(loadCliConfig(), (ask) =>
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
