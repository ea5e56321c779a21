import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSecrets, randomPassword, readSecrets } from './secrets.ts';

function freshFile(): string {
  return path.join(mkdtempSync(path.join(tmpdir(), 'podex-secrets-')), 'secrets.json');
}

describe('secrets', () => {
  it('are made once, for their owner alone', async () => {
    const file = freshFile();
    const first = await openSecrets(file);
    const second = await openSecrets(file);
    expect(second).toEqual(first);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('differ from each other and from machine to machine', async () => {
    const secrets = await openSecrets(freshFile());
    const other = await openSecrets(freshFile());
    const values = [...Object.values(secrets), ...Object.values(other)];
    // The e-mail is the same everywhere.
    expect(new Set(values).size).toBe(values.length - 1);
  });

  it('are completed with what an older version did not make', async () => {
    const file = freshFile();
    const { metrics_token: made, ...older } = await openSecrets(file);
    writeFileSync(file, JSON.stringify(older));
    const completed = await openSecrets(file);
    expect(completed).toEqual({ ...older, metrics_token: expect.stringMatching(/^[\w-]{43}$/) });
    expect(completed.metrics_token).not.toBe(made);
    expect(await openSecrets(file)).toEqual(completed);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('are not replaced when the file is damaged', async () => {
    const file = freshFile();
    writeFileSync(file, '{"jwt_secret_key": "cut of');
    await expect(openSecrets(file)).rejects.toThrow(/is damaged/);
  });

  it('do not exist before the first start', async () => {
    expect(await readSecrets(freshFile())).toBeUndefined();
  });

  it('hold a password that can be read out', () => {
    expect(randomPassword()).toMatch(/^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/);
  });
});
