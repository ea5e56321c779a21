import { request } from 'node:http';

/**
 * git’s credential helper (gitcredentials(7)): asks the daemon on the socket that is its first argument, and prints what it is given.
 * Nothing is kept: to `store` and `erase` it does nothing. A program of its own, so that it is there in a moment.
 */
const [socketPath = '', operation = ''] = process.argv.slice(2);
const ANSWER_BYTES_MAX = 65_536;
const INPUT_BYTES_MAX = 16_384;

interface Given {
  kind?: string;
  username?: string;
  password?: string;
  reason?: string;
  error?: { message?: string };
}

async function readAll(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function ask(question: object): Promise<Given> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const asking = request({ socketPath, method: 'POST', path: '/git_credential', headers }, (response) => {
      readAll(response, ANSWER_BYTES_MAX).then((text) => resolve(JSON.parse(text)), reject);
    });
    asking.once('error', reject);
    asking.end(JSON.stringify(question));
  });
}

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
  const answer = await ask({ protocol, host });
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
