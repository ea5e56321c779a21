import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { editFileResult, fileEntry, fileListing, searchResult } from '@podex/contracts/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DaemonProcess,
  isRoot,
  type RunningTestDaemon,
  startTestDaemon,
  until,
} from '../testing/test-daemon.ts';
import { query, type TestRequest, type TestResponse, type UnixClient } from '../testing/unix-client.ts';

let daemon: RunningTestDaemon;
let client: UnixClient;
let home: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  client = daemon.client;
  home = daemon.folders.homePath;
});
afterAll(() => daemon[Symbol.asyncDispose]());

const content = (file: string) => `/files/content?${query({ path: file })}`;
const write = (file: string, body: TestRequest['body'], headers = {}) =>
  client.send('PUT', content(file), { headers, ...(body === undefined ? {} : { body }) });
const read = (file: string, headers = {}) => client.send('GET', content(file), { headers });
const edit = (input: object, headers = {}) => client.send('POST', '/files/edit', { json: input, headers });
const refusal = ({ status, code }: TestResponse) => [status, code];
const onDisk = (file: string) => readFile(path.join(home, file), 'utf8');

describe('searching', () => {
  beforeAll(async () => {
    await write('code/src/main.ts', 'const answer = 42;\nconsole.log(answer);\n');
    await write('code/readme.md', 'The Answer is 42.\n');
    await write('code/.github/ci.yml', 'answer: yes\n');
    await write('code/.git/config', 'answer = hidden\n');
    await write('code/image.bin', Buffer.from([0, 1, 2, 0x61, 0x6e, 0x73, 0x77, 0x65, 0x72]));
  });
  const search = async (parameters: Record<string, string | number>) => {
    const response = await client.send('GET', `/search?${query({ path: 'code', ...parameters })}`);
    expect(response.status, response.body.toString()).toBe(200);
    const { matches, truncated } = response.json(searchResult);
    return {
      found: matches
        .map(({ path: file, line, column }) => [path.relative(path.join(home, 'code'), file), line, column])
        .sort(),
      truncated,
    };
  };

  it('finds text in contents with line and column, whatever its case', async () => {
    expect(await search({ q: 'answer' })).toEqual({
      found: [
        ['.github/ci.yml', 1, 1],
        ['readme.md', 1, 5],
        ['src/main.ts', 1, 7],
        ['src/main.ts', 2, 13],
      ],
      truncated: false,
    });
    expect((await search({ q: 'Answer', case_sensitive: 'true' })).found).toEqual([['readme.md', 1, 5]]);
    expect((await search({ q: 'answer', glob: '*.ts' })).found).toHaveLength(2);
    expect((await search({ q: 'an.?wer\\b.*42', regex: 'true' })).found).toHaveLength(2);
  });

  it('finds files by name', async () => {
    expect((await search({ q: 'MAIN', mode: 'name' })).found).toEqual([
      ['src/main.ts', undefined, undefined],
    ]);
    expect((await search({ q: '^src/', mode: 'name', regex: 'true' })).found).toHaveLength(1);
  });

  it('stops at the limit and says so', async () => {
    expect(await search({ q: 'answer', limit: 1 })).toMatchObject({
      truncated: true,
      found: [expect.anything()],
    });
  });

  it('refuses patterns that are none, and folders that are not there', async () => {
    const wrong = await client.send('GET', `/search?${query({ q: '(', regex: 'true' })}`);
    expect(refusal(wrong)).toEqual([400, 'invalid_request']);
    const nowhere = await client.send('GET', `/search?${query({ q: 'x', path: 'nowhere' })}`);
    expect(refusal(nowhere)).toEqual([404, 'file_not_found']);
  });
});
