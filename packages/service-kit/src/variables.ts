import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/** One environment variable of a service: how it is read, and what the operator is told about it. */
export interface Variable<Schema extends z.ZodType> {
  schema: Schema;
  /** One line: meaning, unit, what leaving it out does. Stands in `.env.example` and in `podex doctor`. */
  description: string;
  /** May come from `NAME_FILE`, and is never printed. */
  secret: boolean;
  example?: string | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: the input side of a schema is contravariant; the output type is kept.
type AnyVariable = Variable<any>;
export type Variables = Record<string, AnyVariable>;
export type ValuesOf<Table extends Variables> = { [Name in keyof Table]: z.output<Table[Name]['schema']> };

interface VariableOptions {
  secret?: boolean;
  example?: string;
}

export function variable<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  options: VariableOptions = {},
): Variable<Schema> {
  return { schema, description, secret: options.secret ?? false, example: options.example };
}

/** A service that cannot start: every wrong, missing or unknown variable in one message. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(service: string, problems: readonly string[]) {
    super(
      `${service} cannot start, its environment is not right:\n${problems.map((line) => `  - ${line}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

interface ReadOptions {
  /** A variable that begins with one of these and is not in the table is refused, so that a misspelt name does not pass in silence. */
  ownPrefixes?: readonly string[];
  /** Secrets for different purposes, each under the names it may have: what is good for one must not be good for another. */
  distinct?: readonly (readonly string[])[];
}

/**
 * Reads the variables of a service. An empty string counts as left out.
 *
 * @throws ConfigError that lists every problem at once.
 */
export function readVariables<const Table extends Variables>(
  service: string,
  table: Table,
  environment: Environment,
  { ownPrefixes = [], distinct = [] }: ReadOptions = {},
): ValuesOf<Table> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(table)) {
    const raw = rawValue(name, definition, environment, problems);
    const parsed = definition.schema.safeParse(raw);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name}: ${describeProblem(raw, parsed.error)} (${definition.description})`);
  }
  problems.push(...unknownNames(table, environment, ownPrefixes), ...sharedSecrets(values, distinct));
  if (problems.length > 0) throw new ConfigError(service, problems);
  return values as ValuesOf<Table>;
}

function rawValue(
  name: string,
  definition: AnyVariable,
  environment: Environment,
  problems: string[],
): string | undefined {
  const direct = environment[name];
  const file = definition.secret ? environment[`${name}_FILE`] : undefined;
  if (direct !== undefined && direct !== '') {
    if (file) problems.push(`${name}: set either ${name} or ${name}_FILE, not both`);
    return direct;
  }
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    problems.push(
      `${name}_FILE: cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

function describeProblem(raw: string | undefined, error: z.ZodError): string {
  if (raw === undefined) return 'is missing';
  return error.issues.map((issue) => issue.message).join('; ');
}

function sharedSecrets(
  values: Readonly<Record<string, unknown>>,
  distinct: readonly (readonly string[])[],
): string[] {
  return distinct.flatMap((names, index) => {
    const earlier = distinct.slice(0, index).flat();
    return names.flatMap((name) => {
      const same = earlier.find((other) => haveCommon(values[name], values[other]));
      return same === undefined ? [] : [`${name}: must differ from ${same}, each key is good for one thing`];
    });
  });
}

/** A value may be a list of keys. */
function haveCommon(one: unknown, other: unknown): boolean {
  const [ones, others] = [one, other].map((value) => [value].flat());
  return ones?.some((value) => value !== undefined && others?.includes(value)) ?? false;
}

function unknownNames(table: Variables, environment: Environment, ownPrefixes: readonly string[]): string[] {
  const known = new Set(Object.keys(table).flatMap((name) => [name, `${name}_FILE`]));
  return Object.keys(environment)
    .filter((name) => ownPrefixes.some((prefix) => name.startsWith(prefix)) && !known.has(name))
    .map((name) => `${name}: there is no such variable; is it misspelt?`);
}
