import { askPlatform, readAll } from './ask-platform.ts';

/**
 * git’s credential helper (gitcredentials(7)): asks the daemon on the socket that is its first argument, and prints what it is given.
 * Nothing is kept: to `store` and `erase` it does nothing. A program of its own, so that it is there in a moment.
 */
const [socketPath = '', operation = ''] = process.argv.slice(2);
const INPUT_BYTES_MAX = 16_384;

function fieldsOf(input: string): Record<string, string> {
  const pairs = input.split('\n').map((line): [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  });
  return Object.fromEntries(pairs.filter(([name]) => name === 'protocol' || name === 'host'));
}

async function get(): Promise<void> {
  const { protocol, host } = fieldsOf(await readAll(process.stdin, INPUT_BYTES_MAX));
  if (protocol === undefined || host === undefined) return;
  const answer = await askPlatform(socketPath, { protocol, host });
  if (answer.kind === 'given') {
    process.stdout.write(`username=${answer.username}\npassword=${answer.password}\n`);
    return;
  }
  const reason = answer.reason ?? answer.error?.message;
  if (reason !== undefined) process.stderr.write(`podex: ${reason}\n`);
}

if (operation === 'get') {
  get().catch((error: unknown) => {
    const cause = error instanceof Error ? error.message : String(error);
    process.stderr.write(`podex: The credential could not be asked for (${cause}). Try again in a moment.\n`);
    process.exitCode = 1;
  });
}
