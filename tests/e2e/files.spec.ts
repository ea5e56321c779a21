import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { type FileListing, fileEntry, fileListing } from '@podex/contracts/files';
import { newId } from '@podex/contracts/ids';
import { trashEntry } from '@podex/contracts/trash';
import { upload } from '@podex/contracts/uploads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { podexOf } from '../../apps/cli/testing/podex-of.ts';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, runToEnd } from '../stack/workspace-actions.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const MB = 1024 * 1024;

let stack: Stack;
let person: Person;
let viewer: Person;
let id: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  viewer = await stack.signUp();
  id = await createRunningWorkspace(person, 'files');
  await person.client.POST('/api/workspaces/{workspace_id}/shares', {
    params: { path: { workspace_id: id } },
    body: { email: viewer.email, role: 'viewer' },
  });
}, 240_000);

afterAll(async () => {
  if (id !== undefined) await deleteWorkspace(person, id);
  await stack?.stop();
}, 240_000);

interface Asking {
  as?: Person;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  json?: unknown;
  body?: BodyInit;
}

function ask(method: string, path: string, asking: Asking = {}): Promise<Response> {
  const { as = person, headers = {}, query = {}, json, body } = asking;
  const url = new URL(`${stack.apiUrl}/api/workspaces/${id}/files${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const sent = json === undefined ? body : JSON.stringify(json);
  const type = json === undefined ? 'application/octet-stream' : 'application/json';
  return fetch(url, {
    method,
    headers: { authorization: `Bearer ${as.token}`, 'content-type': type, ...headers },
    ...(sent === undefined ? {} : { body: sent }),
  });
}

const codeOf = async (response: Response) => [response.status, (await response.json()).error.code];

/** Sends the beginning of a part and drops the connection. */
function sendBroken(path: string, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const sending = request(`${stack.apiUrl}/api/workspaces/${id}/files${path}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/octet-stream' },
    });
    sending.on('error', () => resolve());
    sending.write(bytes, () => sending.destroy());
    sending.on('close', () => resolve());
  });
}

describe('files of a workspace, from the outside in', { timeout: 240_000 }, () => {
  it('takes an upload that breaks off, and gives the same bytes back, whole and by ranges', async () => {
    const content = randomBytes(24 * MB);
    const uploadId = newId('upload');
    const at = `/uploads/${uploadId}`;
    const json = { path: 'data/large.bin', size: content.length, if_none_match: '*' };
    expect((await ask('PUT', at, { json })).status).toBe(200);
    await sendBroken(`${at}?offset=0`, content.subarray(0, 9 * MB));
    // What had been sent may still be on its way through three hops: then the offset has moved by the time the next part is there.
    for (let offset = 0; offset < content.length; ) {
      offset = upload.parse(await (await ask('GET', at)).json()).offset;
      const part = content.subarray(offset, offset + 8 * MB);
      const sent = await ask('PATCH', at, { query: { offset: String(offset) }, body: part });
      if (sent.status === 200) offset = upload.parse(await sent.json()).offset;
      else expect(await codeOf(sent)).toEqual([409, 'conflict']);
    }
    const finished = await ask('POST', `${at}/finish`, {
      headers: { 'idempotency-key': `finish-${uploadId}` },
    });
    const entry = fileEntry.parse(await finished.json());
    expect(entry).toMatchObject({ path: '/home/dev/data/large.bin', size: content.length });
    const again = await ask('POST', `${at}/finish`, { headers: { 'idempotency-key': `finish-${uploadId}` } });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    const { output } = await runToEnd(person, id, 'sha256sum < data/large.bin; ls ~/.cache/podex/uploads');
    expect(output.trim()).toBe(`${createHash('sha256').update(content).digest('hex')}  -`);

    const query = { path: 'data/large.bin' };
    const whole = await ask('GET', '/content', { query });
    expect(Buffer.from(await whole.arrayBuffer()).equals(content)).toBe(true);
    expect(whole.headers.get('content-disposition')).toContain('attachment; filename="large.bin"');
    for (const [range, start, end] of [
      ['bytes=1000000-1000999', 1_000_000, 1_000_999],
      ['bytes=-10', content.length - 10, content.length - 1],
      [`bytes=${content.length - 1}-`, content.length - 1, content.length - 1],
    ] as const) {
      const part = await ask('GET', '/content', { query, headers: { range, 'if-range': entry.etag } });
      expect([part.status, part.headers.get('content-range')]).toEqual([
        206,
        `bytes ${start}-${end}/${content.length}`,
      ]);
      expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(start, end + 1))).toBe(true);
    }
    const beyond = await ask('GET', '/content', { query, headers: { range: `bytes=${content.length}-` } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${content.length}`]);
    const changed = await ask('GET', '/content', {
      query,
      headers: { range: 'bytes=0-0', 'if-range': '"old"' },
    });
    expect(changed.status).toBe(200);
    await changed.body?.cancel();
  });

  it('says why it does not want a part, however much of it was sent already', async () => {
    const uploadId = newId('upload');
    const at = `/uploads/${uploadId}`;
    const json = { path: 'unwanted.bin', size: 50 * MB, if_none_match: '*' };
    expect((await ask('PUT', at, { json })).status).toBe(200);
    const part = randomBytes(8 * MB);
    for (let tries = 0; tries < 20; tries += 1) {
      const refused = await ask('PATCH', at, { query: { offset: '77' }, body: part });
      expect(await codeOf(refused)).toEqual([409, 'conflict']);
    }
    expect((await ask('DELETE', at)).status).toBe(204);
  });

  it('lists ten thousand entries by pages, and a hundred thousand as soon', async () => {
    await runToEnd(
      person,
      id,
      'mkdir -p many huge/sub && cd many && seq -f "file-%.0f" 10000 | xargs touch && cd ../huge && seq -f "%.0f" 100000 | xargs touch',
    );
    const names: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const query: Record<string, string> = { path: 'many', limit: '2000', ...(after && { after }) };
      const page: FileListing = fileListing.parse(await (await ask('GET', '', { query })).json());
      names.push(...(page.children ?? []).map(({ name }) => name));
      after = page.next;
    }
    expect(names).toEqual(Array.from({ length: 10_000 }, (_, index) => `file-${index + 1}`).sort());
    const huge = fileListing.parse(
      await (await ask('GET', '', { query: { path: 'huge', limit: '3' } })).json(),
    );
    expect(huge.children?.map(({ name }) => name)).toEqual(['sub', '1', '10']);
  });

  it('gives a folder as an archive that tar unpacks, and stops when nobody reads it', async () => {
    await runToEnd(
      person,
      id,
      String.raw`mkdir -p site/css && echo hello > site/index.html && ln -s /etc/passwd site/link && printf raw > "$(printf 'site/raw\261')"`,
    );
    const archive = await ask('GET', '/archive', { query: { path: 'site' } });
    expect(archive.headers.get('content-disposition')).toContain('filename="site.tar.gz"');
    const packed = Buffer.from(await archive.arrayBuffer());
    await ask('PUT', '/content', { query: { path: 'back.tar.gz' }, body: packed });
    const { output } = await runToEnd(
      person,
      id,
      'mkdir back && tar -xzf back.tar.gz -C back && diff -r --no-dereference site back/site && echo same; readlink back/site/link',
    );
    expect(output).toBe('same\n/etc/passwd\n');
    await runToEnd(person, id, 'mkdir wide && truncate --size=50G wide/zeros');
    const broken = await ask('GET', '/archive', { query: { path: 'wide' } });
    await broken.body?.getReader().cancel();
    const open = 'ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c wide/zeros; true';
    await expect
      .poll(async () => (await runToEnd(person, id, open)).output.trim(), { timeout: 20_000 })
      .toBe('0');
  });

  it('moves to the trash and back, and is refused by a full disk before a byte is sent', async () => {
    await runToEnd(person, id, 'mkdir -p plans && echo first > plans/a && echo second > plans/b');
    const put = trashEntry.parse(await (await ask('POST', '/trash', { json: { path: 'plans' } })).json());
    expect(put.original_path).toBe('/home/dev/plans');
    const { output } = await runToEnd(person, id, 'ls; cat ~/.local/share/Trash/files/plans/b');
    expect(output).not.toContain('plans\n');
    expect(output).toContain('second');
    const back = await ask('POST', '/trash/restore', { json: { trash_id: put.trash_id } });
    expect(back.status).toBe(200);
    expect((await runToEnd(person, id, 'cat plans/a')).output).toBe('first\n');
    const full = await ask('PUT', `/uploads/${newId('upload')}`, { json: { path: 'x', size: 2 ** 52 } });
    expect(await codeOf(full)).toEqual([507, 'disk_full']);
  });

  it('is there for the command line as well', async () => {
    const run = podexOf(() => ({ baseUrl: stack.apiUrl }));
    const podex = async (...words: string[]) => {
      const { exitCode, stdout, stderr } = await run(person, 'files', ...words);
      return { exitCode, stdout, stderr };
    };
    const folder = temporaryFolder('command-line');
    const content = randomBytes(5 * MB);
    writeFileSync(path.join(folder, 'sent.bin'), content);
    const put = await podex('put', 'files', path.join(folder, 'sent.bin'), 'cli/sent.bin');
    expect(put).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await podex('put', 'files', path.join(folder, 'sent.bin'), 'cli/sent.bin')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('was changed'),
    });
    expect((await podex('list', 'files', 'cli')).stdout).toMatch(/^ +5242880 {2}\S+ \S+ {2}sent\.bin$/);
    await podex('get', 'files', 'cli/sent.bin', path.join(folder, 'back.bin'));
    expect(readFileSync(path.join(folder, 'back.bin')).equals(content)).toBe(true);
    await podex('get', 'files', 'cli', path.join(folder, 'cli.tar.gz'));
    expect(readFileSync(path.join(folder, 'cli.tar.gz')).subarray(0, 2)).toEqual(Buffer.of(0x1f, 0x8b));
    const zip = await podex('get', '--zip', 'files', 'cli', path.join(folder, 'cli.zip'));
    expect([zip.exitCode, readFileSync(path.join(folder, 'cli.zip')).toString('latin1', 0, 4)]).toEqual([
      0,
      'PK\x03\x04',
    ]);
    expect((await podex('delete', 'files', 'cli')).stdout).toBe('cli is in the trash of the workspace');
    expect((await podex('list', 'files', 'cli')).exitCode).toBe(1);
  });

  it('lets a viewer read and download, and nothing else', async () => {
    const uploadId = newId('upload');
    await ask('PUT', `/uploads/${uploadId}`, { json: { path: 'mine', size: 1 } });
    const put = trashEntry.parse(await (await ask('POST', '/trash', { json: { path: 'plans' } })).json());
    for (const [path, query] of [
      ['', { path: '.', limit: '1' }],
      ['/content', { path: 'site/index.html' }],
      ['/archive', { path: 'site' }],
      ['/trash', {}],
      [`/uploads/${uploadId}`, {}],
    ] as const) {
      const read = await ask('GET', path, { as: viewer, query });
      expect([path, read.status]).toEqual([path, 200]);
      await read.body?.cancel();
    }
    for (const [method, path, asking] of [
      ['POST', '/trash', { json: { path: 'site' } }],
      ['POST', '/trash/restore', { json: { trash_id: put.trash_id } }],
      ['DELETE', '/trash', {}],
      ['PUT', `/uploads/${newId('upload')}`, { json: { path: 'theirs', size: 1 } }],
      ['PATCH', `/uploads/${uploadId}`, { query: { offset: '0' }, body: 'x' }],
      ['POST', `/uploads/${uploadId}/finish`, {}],
      ['DELETE', `/uploads/${uploadId}`, {}],
    ] as const) {
      const refused = await ask(method, path, { as: viewer, ...asking });
      expect([method, path, ...(await codeOf(refused))]).toEqual([method, path, 403, 'forbidden']);
    }
    expect((await ask('GET', `/uploads/${uploadId}`)).status).toBe(200);
    expect((await runToEnd(person, id, 'ls site; ls ~/.local/share/Trash/files')).output).toContain('plans');
  });
});
