import type { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';

/** What was typed, parsed with the schema of the contract. @throws CliError that names what is wrong, and where to look. */
export function parseArgument<Value>(
  schema: z.ZodType<Value>,
  text: unknown,
  { subject, help }: { subject: string; help: string },
): Value {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CliError(`${subject}: ${issue?.message ?? 'is not valid'}`, { cure: help, exitCode: EXIT.usage });
}
