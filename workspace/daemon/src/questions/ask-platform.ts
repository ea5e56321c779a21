import { request } from 'node:http';

const ANSWER_BYTES_MAX = 65_536;

/** As the daemon sends it; a program of its own has no room for more than that. */
export interface PlatformAnswer {
  kind?: string;
  username?: string;
  password?: string;
  key_id?: string;
  public_key?: string;
  host_key?: string | null;
  signature?: string;
  reason?: string;
  error?: { message?: string };
}

export async function readAll(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Asks the platform, through the daemon’s socket. */
export function askPlatform(socketPath: string, question: object): Promise<PlatformAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const asking = request({ socketPath, method: 'POST', path: '/git_credential', headers }, (response) => {
      readAll(response, ANSWER_BYTES_MAX).then((text) => resolve(JSON.parse(text)), reject);
    });
    asking.once('error', reject);
    asking.end(JSON.stringify(question));
  });
}

export function refusalOf(answer: PlatformAnswer | undefined): string {
  return answer?.reason ?? answer?.error?.message ?? 'Podex gave no answer. Try again in a moment.';
}
