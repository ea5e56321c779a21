import { type Compilable, CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import type pg from 'pg';
import type { DB } from './generated/rows.ts';

/** Stands for a value that each execution gives. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

interface PreparedText {
  text: string;
  parameters: readonly unknown[];
}

const NAMES = new Map<string, string>();

/** Lets a connection know prepared statements by their names. Kysely gives the driver the bare text of each statement. */
export function usePrepared(client: pg.ClientBase): void {
  const query: (...given: unknown[]) => unknown = client.query.bind(client);
  Object.assign(client, {
    query(text: unknown, values?: unknown, ...rest: unknown[]) {
      const name = typeof text === 'string' ? NAMES.get(text) : undefined;
      return name === undefined ? query(text, values, ...rest) : query({ name, text, values }, ...rest);
    },
  });
}

/**
 * For the few statements of almost every request: built once in the life of the process, and parsed and planned once by each
 * connection. It must have one shape, whatever the values are, and name its columns.
 */
export function prepare<Values extends object, Row>(
  name: string,
  build: (
    db: Kysely<DB>,
    value: <Key extends keyof Values & string>(key: Key) => RawBuilder<Values[Key]>,
  ) => Compilable<Row>,
): (db: Kysely<DB>, values: Values) => Promise<Row[]> {
  let prepared: PreparedText | undefined;
  return async (db, values) => {
    prepared ??= keep(
      name,
      build(db, (key) => sql`${new Placeholder(key)}`),
    );
    const given = new Map<string, unknown>(Object.entries(values));
    const parameters = prepared.parameters.map((one) =>
      one instanceof Placeholder ? given.get(one.name) : one,
    );
    const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(prepared.text, parameters));
    return rows;
  };
}

function keep(name: string, query: Compilable): PreparedText {
  const { sql: text, parameters } = query.compile();
  NAMES.set(text, name);
  return { text, parameters };
}
