import { createInterface } from 'node:readline/promises';
import { CliError, EXIT } from '../cli-error.ts';

/** `action` is one word, such as delete. @throws CliError when the person says no, or there is nobody to ask. */
export async function confirm(question: string, action: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new CliError(`nobody is there to confirm that you want to ${action} it`, {
      cure: `add --yes to ${action} without asking`,
      exitCode: EXIT.usage,
    });
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`${question}\nType yes to ${action}: `);
    if (answer.trim().toLowerCase() !== 'yes') throw new CliError(`you did not say yes, so nothing changed`);
  } finally {
    prompt.close();
  }
}
