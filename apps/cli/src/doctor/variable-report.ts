import type { Variables } from '@podex/service-kit/variables';
import type { OperatorVariables } from '../config.ts';

/** One variable, and who reads it. */
export interface VariableReport {
  name: string;
  /** By reader: what the variable means there. */
  readers: Record<string, string>;
  /** Where the operator's value comes from; null: it is left out. */
  source: string | null;
  /** Null when left out; never the value of a secret. */
  value: string | null;
}

/** Every variable of every part, each once, with all its readers; those that are set come first. */
export function reportVariables(
  operator: OperatorVariables,
  tables: Readonly<Record<string, Variables>>,
): VariableReport[] {
  const byName = new Map<string, VariableReport>();
  for (const [reader, table] of Object.entries(tables)) {
    for (const [name, { description, secret }] of Object.entries(table)) {
      const known = byName.get(name);
      if (known) known.readers[reader] = description;
      else
        byName.set(name, { name, readers: { [reader]: description }, ...sourceOf(name, secret, operator) });
    }
  }
  return [...byName.values()].sort(
    (a, b) => Number(b.source !== null) - Number(a.source !== null) || a.name.localeCompare(b.name),
  );
}

function sourceOf(
  name: string,
  isSecret: boolean,
  { values, files }: OperatorVariables,
): Pick<VariableReport, 'source' | 'value'> {
  const value = values[name];
  if (value !== undefined) {
    return { source: files[name] ?? 'environment', value: isSecret ? '(secret)' : value };
  }
  const file = isSecret ? values[`${name}_FILE`] : undefined;
  return file === undefined ? { source: null, value: null } : { source: file, value: '(secret)' };
}

/** A line for each meaning of a variable, with everybody who reads it in that meaning. */
export function formatVariables(reports: readonly VariableReport[]): string[] {
  const width = Math.max(...reports.map(({ name }) => name.length));
  return reports.flatMap(({ name, readers, source, value }) => {
    const setting = source === null ? [] : [`= ${value} (from ${source})`];
    return [...setting, ...describeReaders(readers)].map(
      (line, index) => `  ${(index === 0 ? name : '').padEnd(width)}  ${line}`,
    );
  });
}

function describeReaders(readers: Readonly<Record<string, string>>): string[] {
  const byMeaning = Map.groupBy(Object.entries(readers), ([, description]) => description);
  return [...byMeaning].map(
    ([description, uses]) => `${uses.map(([reader]) => reader).join(', ')}: ${description}`,
  );
}
