import path from 'node:path';
import { searchResult } from '@podex/contracts/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FilesClient, refusal } from '../testing/files-client.ts';
import { type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';
import { query, type UnixClient } from '../testing/unix-client.ts';

let daemon: RunningTestDaemon;
let client: UnixClient;
let files: FilesClient;
let home: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  client = daemon.client;
  files = new FilesClient(client);
  home = daemon.folders.homePath;
});
afterAll(() => daemon[Symbol.asyncDispose]());

describe('searching', () => {
  beforeAll(async () => {
    await files.write('code/src/main.ts', 'const answer = 42;\nconsole.log(answer);\n');
    await files.write('code/readme.md', 'The Answer is 42.\n');
    await files.write('code/.github/ci.yml', 'answer: yes\n');
    await files.write('code/.git/config', 'answer = hidden\n');
    await files.write('code/image.bin', Buffer.from([0, 1, 2, 0x61, 0x6e, 0x73, 0x77, 0x65, 0x72]));
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
    const named = async (q: string) => (await search({ q, mode: 'name' })).found.map(([file]) => file);
    expect(await named('MAIN')).toEqual(expect.arrayContaining(['src/main.ts']));
    expect(await named('srcts')).toEqual(['src/main.ts']);
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
