import { readFileSync } from 'node:fs';
import type { Variables } from '@podex/service-kit/variables';
import { errorCode } from '../cli-error.ts';
import type { OperatorVariables } from '../config.ts';

type Values = Readonly<Record<string, string>>;

/** Names that begin so and that nobody reads are misspelt, wherever they are set. */
const OWN_PREFIXES = ['COMPUTE_', 'AGENT_'];

/** What every program of a machine may need and that has nothing to do with Podex. */
const SYSTEM_VARIABLES = [
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
];

export interface ServiceSettings {
  /** What `podex up` decides: addresses and ports of one machine. */
  fixed: Values;
  /** What it provides where the operator set nothing. */
  defaults: Values;
}

/**
 * The whole environment of one service: what the system gives, what the operator set and the service reads, what
 * is missing, and last what `podex up` decides. A service gets no variable that it does not read, so a key of
 * one never stands in the environment of another.
 */
export function serviceEnvironment(
  table: Variables,
  operator: Values,
  settings: ServiceSettings,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of SYSTEM_VARIABLES) copy(name, operator, environment);
  for (const [name, { secret }] of Object.entries(table)) {
    copy(name, operator, environment);
    if (secret && !(name in environment)) copy(`${name}_FILE`, operator, environment);
    const isSet = name in environment || `${name}_FILE` in environment;
    if (!isSet) copy(name, settings.defaults, environment);
  }
  return { ...environment, ...settings.fixed };
}

/**
 * The same environment with what its `NAME_FILE` variables hold: for a service whose user may not read files of root’s.
 * A file that cannot be read stays for the service to report.
 */
export function readSecretFiles(table: Variables, environment: Values): Record<string, string> {
  const read: Record<string, string> = { ...environment };
  for (const [name, { secret }] of Object.entries(table)) {
    const file = secret ? environment[`${name}_FILE`] : undefined;
    if (file === undefined || name in environment) continue;
    try {
      read[name] = readFileSync(file, 'utf8').trim();
      delete read[`${name}_FILE`];
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
    }
  }
  return read;
}

function copy(name: string, from: Values, to: Record<string, string>): void {
  const value = from[name];
  if (value !== undefined) to[name] = value;
}

export interface UnreadVariable {
  name: string;
  /** Undefined: the environment of the command. */
  file: string | undefined;
}

/**
 * Variables that the operator set and that nobody reads: every such name in a settings file, and those in the
 * environment that look like Podex's own.
 */
export function findUnreadVariables(
  operator: OperatorVariables,
  tables: readonly Variables[],
): UnreadVariable[] {
  const known = new Set<string>([...SYSTEM_VARIABLES, 'PATH', 'HOSTNAME']);
  for (const [name, { secret }] of tables.flatMap((table) => Object.entries(table))) {
    known.add(name);
    if (secret) known.add(`${name}_FILE`);
  }
  return Object.keys(operator.values)
    .filter((name) => !known.has(name))
    .map((name) => ({ name, file: operator.files[name] }))
    .filter(({ name, file }) => file !== undefined || OWN_PREFIXES.some((prefix) => name.startsWith(prefix)));
}

/** What the operator set in a file and `podex up` decides itself, so that it has no effect here. */
export function findOverruled(operator: OperatorVariables, settings: readonly ServiceSettings[]): string[] {
  const fixed = new Set(settings.flatMap(({ fixed: values }) => Object.keys(values)));
  return Object.keys(operator.files).filter((name) => fixed.has(name));
}
