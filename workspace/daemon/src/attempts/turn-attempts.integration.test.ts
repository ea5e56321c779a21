import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { newId, type TurnId } from '@podex/contracts/ids';
import { formatTurnAttempt, TURN_ATTEMPT_HEADER } from '@podex/contracts/internal/turn-attempt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentPath } from '../testing/files-client.ts';
import { DaemonProcess, until } from '../testing/test-daemon.ts';

let daemon: DaemonProcess;
beforeEach(async () => {
  daemon = await DaemonProcess.start();
});
afterEach(() => daemon[Symbol.asyncDispose]());

const as = (turn: TurnId, attempt: number) => ({
  [TURN_ATTEMPT_HEADER]: formatTurnAttempt({ turn_id: turn, attempt }),
});
const write = (name: string, body: string, headers = {}) =>
  daemon.client.send('PUT', contentPath(name), { body, headers });
const run = (command: string, headers = {}, id = newId('command')) =>
  daemon.client.send('PUT', `/commands/${id}?wait_ms=30000`, { json: { command }, headers });
const inHome = (name: string) => readFile(path.join(daemon.folders.homePath, name), 'utf8');
const inJournal = () => readFile(path.join(daemon.folders.statePath, 'attempts.jsonl'), 'utf8');

async function restart(signal: NodeJS.Signals): Promise<void> {
  await daemon.end(signal);
  await daemon.start();
}

describe('changes of an attempt', () => {
  it('are refused once a newer one has asked for anything, reading included', async () => {
    const turn = newId('turn');
    expect((await write('notes', 'first', as(turn, 1))).status).toBe(200);
    expect((await daemon.client.send('GET', '/files?path=.', { headers: as(turn, 2) })).status).toBe(200);
    const command = newId('command');
    const refused = [
      await write('notes', 'late', as(turn, 1)),
      await run('echo late > notes', as(turn, 1), command),
      await daemon.client.send('DELETE', `/commands/${command}`, { headers: as(turn, 1) }),
      await daemon.client.send('DELETE', contentPath('notes'), { headers: as(turn, 1) }),
      await daemon.client.send('POST', '/checkpoints', { json: { path: '.' }, headers: as(turn, 1) }),
      await daemon.client.send('POST', '/files/trash', { json: { path: 'notes' }, headers: as(turn, 1) }),
    ];
    expect(refused.map(({ status, code }) => `${status} ${code}`)).toEqual(
      refused.map(() => '409 attempt_superseded'),
    );
    expect(await inHome('notes')).toBe('first');
    const read = await daemon.client.send('GET', contentPath('notes'), { headers: as(turn, 1) });
    expect(read.body.toString()).toBe('first');
  });

  it('join what an earlier attempt began under the same id or key', async () => {
    const turn = newId('turn');
    const id = newId('command');
    const first = run('echo x >> log; until [ -e enough ]; do sleep 0.05; done', as(turn, 1), id);
    await until(async () => (await inHome('log').catch(() => '')) === 'x\n');
    const second = run('echo x >> log; until [ -e enough ]; do sleep 0.05; done', as(turn, 2), id);
    await write('enough', '');
    expect((await first).status).toBe(200);
    expect((await second).status).toBe(200);
    expect(await inHome('log')).toBe('x\n');
    await write('text', 'a');
    const edit = (attempt: number) =>
      daemon.client.send('POST', '/files/edit', {
        json: { path: 'text', old_text: 'a', new_text: 'aa' },
        headers: { ...as(turn, attempt), 'idempotency-key': 'the-edit' },
      });
    expect((await edit(2)).status).toBe(200);
    expect((await edit(3)).headers['idempotent-replayed']).toBe('true');
    expect(await inHome('text')).toBe('aa');
  });

  it('that are still arriving are broken off, and the newer attempt does not wait for them', async () => {
    const turn = newId('turn');
    const key = { 'idempotency-key': 'the-same' };
    const body = new PassThrough();
    body.write('half of the ');
    const late = daemon.client.send('PUT', contentPath('page'), {
      body,
      headers: { ...as(turn, 1), ...key },
    });
    late.catch(() => undefined);
    await until(async () => (await inJournal()).includes(turn));
    expect((await write('page', 'new', { ...as(turn, 2), ...key })).status).toBe(200);
    body.end('late page');
    await expect(late).rejects.toThrow();
    expect(await inHome('page')).toBe('new');
  });

  it('are told apart by turn, and people’s requests belong to none', async () => {
    const turn = newId('turn');
    expect((await write('mine', 'a', as(turn, 7))).status).toBe(200);
    expect((await write('mine', 'b', as(newId('turn'), 1))).status).toBe(200);
    expect((await write('mine', 'c')).status).toBe(200);
    expect((await write('mine', 'd', { [TURN_ATTEMPT_HEADER]: `${turn}/none` })).code).toBe(
      'invalid_request',
    );
  });
});

describe('the newest attempt', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('is known after %s', async (signal) => {
    const turn = newId('turn');
    expect((await write('kept', 'new', as(turn, 5))).status).toBe(200);
    await restart(signal);
    expect((await write('kept', 'late', as(turn, 4))).code).toBe('attempt_superseded');
    expect((await write('kept', 'newer', as(turn, 5))).status).toBe(200);
    expect(await inHome('kept')).toBe('newer');
  });

  it('is forgotten of the oldest turns only, and of nothing else', async () => {
    const [oldest, kept] = [newId('turn'), newId('turn')];
    await write('file', '', as(oldest, 2));
    const others = Array.from({ length: 999 }, () => JSON.stringify({ turn_id: newId('turn'), attempt: 1 }));
    await daemon.end('SIGTERM');
    await appendFile(path.join(daemon.folders.statePath, 'attempts.jsonl'), `${others.join('\n')}\n`);
    await daemon.start();
    expect((await write('file', 'late', as(oldest, 1))).code).toBe('attempt_superseded');
    await write('file', '', as(kept, 2));
    expect((await write('file', 'forgotten', as(oldest, 1))).status).toBe(200);
    expect((await write('file', 'late', as(kept, 1))).code).toBe('attempt_superseded');
  });
});
