import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { openSecrets, randomPassword, readSecrets, renewSecretsKey } from './secrets.ts';

function freshFile(): string {
  return path.join(temporaryFolder('secrets'), 'secrets.json');
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
    // The email is the same everywhere.
    expect(new Set(values).size).toBe(values.length - 1);
  });

  it('are as long as a key must be', async () => {
    const { admin_email: _email, admin_password: _password, ...keys } = await openSecrets(freshFile());
    for (const [name, value] of Object.entries(keys)) {
      expect(value?.length, name).toBeGreaterThanOrEqual(32);
    }
  });

  it('that an older Podex did not make are added; those that are there stay, unknown ones too', async () => {
    const file = freshFile();
    const { internal_service_token: _missing, ...older } = await openSecrets(file);
    writeFileSync(file, JSON.stringify({ ...older, of_a_newer_podex: 'kept' }));
    const opened = await openSecrets(file);
    expect(opened).toMatchObject(older);
    expect(opened.internal_service_token).toHaveLength(43);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ ...opened, of_a_newer_podex: 'kept' });
    expect(await openSecrets(file)).toEqual(opened);
  });

  it('keep every former key of secrets when it is renewed, and all else', async () => {
    const file = freshFile();
    await expect(renewSecretsKey(file)).rejects.toThrow('has not been started');
    const first = await openSecrets(file);
    await renewSecretsKey(file);
    const second = await openSecrets(file);
    await renewSecretsKey(file);
    const third = await openSecrets(file);
    expect(new Set([first, second, third].map((secrets) => secrets.secrets_key)).size).toBe(3);
    expect(third.secrets_key_previous).toBe(`${second.secrets_key},${first.secrets_key}`);
    expect({ ...third, secrets_key: '', secrets_key_previous: '' }).toEqual({
      ...first,
      secrets_key: '',
      secrets_key_previous: '',
    });
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
