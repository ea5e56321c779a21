import { SETTING_KEYS, SETTINGS, type SettingKey } from '@podex/contracts/settings';
import { CliError, EXIT } from '../cli-error.ts';

const RESET = 'default';

/** A list is written with commas; one without items, and a number that is not set, are written so. */
const NONE = 'none';

/** How a value stands in the table, and how it is typed. */
export function formatSetting(value: unknown): string {
  if (value === null) return NONE;
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? NONE : value.join(',');
}

/**
 * What was typed as a setting’s value; null for `default`.
 *
 * @throws CliError when there is no such setting, or it cannot have the value.
 */
export function parseSetting(key: string, text: string): { key: SettingKey; value: unknown } {
  const known = SETTING_KEYS.find((candidate) => candidate === key);
  if (known === undefined) {
    throw new CliError(`There is no setting ${key}.`, {
      cure: `it is one of ${SETTING_KEYS.join(', ')}`,
      exitCode: EXIT.usage,
    });
  }
  if (text === RESET) return { key: known, value: null };
  const { schema, default: initial, description } = SETTINGS[known];
  const parsed = schema.safeParse(readAs(initial, text));
  if (parsed.success) return { key: known, value: parsed.data };
  const [issue] = parsed.error.issues;
  throw new CliError(`${key} cannot be ${text}: ${issue?.message ?? 'it is not valid'}`, {
    cure: description,
    exitCode: EXIT.usage,
  });
}

/** In the kind that the setting’s default has. */
function readAs(initial: unknown, text: string): unknown {
  if (initial === null && text === NONE) return null;
  if (typeof initial === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  // What is nothing by default is a number once it is set.
  if (typeof initial === 'number' || initial === null) return text.trim() === '' ? text : Number(text);
  if (!Array.isArray(initial)) return text;
  if (text === NONE) return [];
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
