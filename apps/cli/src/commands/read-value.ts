import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CliError, EXIT } from '../cli-error.ts';

/**
 * Something that must not stand on a command line, where every process of the machine can read it: from standard input without its last
 * newline, or typed without being shown.
 *
 * @throws CliError when nothing is typed.
 */
export async function readValue(title: string): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '');
  process.stderr.write(`${title} (not shown): `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    for await (const line of lines) return line;
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
  throw new CliError('No value was given', { exitCode: EXIT.interrupted });
}
