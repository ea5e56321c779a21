import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { wireString } from './ssh-wire.ts';

const KEYS = '/api/me/git_ssh_keys';

interface Host {
  blob: Buffer;
  sign: (sessionId: Buffer) => Buffer;
}

function ed25519Host(): Host {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const bytes = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return hostOf('ssh-ed25519', [bytes], 'ssh-ed25519', (data) => sign(null, data, privateKey));
}

function hostOf(type: string, fields: Buffer[], algorithm: string, signWith: (data: Buffer) => Buffer): Host {
  return {
    blob: Buffer.concat([type, ...fields].map(wireString)),
    sign: (data) => Buffer.concat([wireString(algorithm), wireString(signWith(data))]),
  };
}

function number(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
}

function rsaHost(): Host {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { e = '', n = '' } = publicKey.export({ format: 'jwk' });
  const fields = [e, n].map((one) => number(Buffer.from(one, 'base64url')));
  return hostOf('ssh-rsa', fields, 'rsa-sha2-512', (data) => sign('sha512', data, privateKey));
}

function ecdsaHost(): Host {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return hostOf('ecdsa-sha2-nistp256', [Buffer.from('nistp256'), point], 'ecdsa-sha2-nistp256', (data) => {
    const both = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return Buffer.concat([both.subarray(0, 32), both.subarray(32)].map((half) => wireString(number(half))));
  });
}

interface Key {
  id: string;
  public_key: string;
  fingerprint: string;
}

const blobOf = ({ public_key: line }: Key) => Buffer.from(line.split(' ')[1] ?? '', 'base64');

function authentication(
  key: Key,
  sessionId: Buffer,
  { service = 'ssh-connection', more = [] as Buffer[] } = {},
) {
  const head = [wireString(sessionId), Buffer.from([50]), ...['git', service, 'publickey'].map(wireString)];
  const tail = [Buffer.from([1]), wireString('ssh-ed25519'), wireString(blobOf(key)), ...more];
  return Buffer.concat([...head, ...tail]);
}

describe('SSH keys for git', () => {
  const api = setUpApi(async () => ({ variables: { SECRETS_KEY: randomBytes(32).toString('hex') } }));
  let owner: TestUser;
  let friend: TestUser;
  let compute: ComputeWorker;

  beforeAll(async () => {
    compute = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    owner = await api().signUp();
    friend = await api().signUp('friend@example.com');
  });

  async function workspaceOf(as: TestUser): Promise<string> {
    const created = await api().ask('POST', '/api/workspaces?wait_ms=0', { as, body: { name: 'w' } });
    await compute.step();
    return created.body.id;
  }

  async function addKey(body: object): Promise<Key> {
    const added = await api().ask('POST', KEYS, { as: owner, body });
    expect(added.status).toBe(201);
    return added.body;
  }

  const askGit = async (id: string, question: object) =>
    (await api().internal('POST', `/internal/workspaces/${id}/git_credential`, question)).body;

  const askToSign = (id: string, key: Key, host: Host, more: { data?: Buffer; signedBy?: Host } = {}) => {
    const sessionId = randomBytes(32);
    return askGit(id, {
      kind: 'ssh_sign',
      key_id: key.id,
      data: (more.data ?? authentication(key, sessionId)).toString('base64'),
      host_key: host.blob.toString('base64'),
      host_signature: (more.signedBy ?? host).sign(sessionId).toString('base64'),
    });
  };

  async function accept({ id }: Key) {
    const offered = (await api().ask('GET', KEYS, { as: owner })).body.items.find(
      (one: Key) => one.id === id,
    );
    const body = { fingerprint: offered.offered_host_key.fingerprint };
    expect((await api().ask('PUT', `${KEYS}/${id}/host_key`, { as: owner, body })).status).toBe(200);
  }

  it.each([
    ['ed25519', ed25519Host],
    ['ecdsa', ecdsaHost],
    ['rsa', rsaHost],
  ])('sign a sign-in at a host with a key of %s, once that key was accepted', async (name, makeHost) => {
    const host = makeHost();
    const key = await addKey({ host: `${name}.example` });
    const lastUse = async () =>
      (await api().ask('GET', KEYS, { as: owner })).body.items.find(({ id: one }: Key) => one === key.id)
        .last_used_at;
    const id = await workspaceOf(owner);
    const first = await askToSign(id, key, host);
    expect(first).toMatchObject({ kind: 'refused', reason: expect.stringContaining('not accepted the key') });
    expect(await askGit(id, { kind: 'ssh_key', host: `${name}.example`, repository: 'a/b' })).toMatchObject({
      host_key: null,
    });
    await accept(key);
    expect(await lastUse()).toBeNull();
    const sessionId = randomBytes(32);
    const data = authentication(key, sessionId);
    const given = await askGit(id, {
      kind: 'ssh_sign',
      key_id: key.id,
      data: data.toString('base64'),
      host_key: host.blob.toString('base64'),
      host_signature: host.sign(sessionId).toString('base64'),
    });
    expect(await lastUse()).toEqual(expect.any(String));
    const signature = Buffer.from(given.signature, 'base64').subarray(4 + 'ssh-ed25519'.length + 4);
    const x = blobOf(key).subarray(-32).toString('base64url');
    const ours: KeyObject = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    expect(verify(null, data, ours, signature)).toBe(true);
  });

  it('sign for no other host, for no connection that the host did not prove, and nothing else', async () => {
    const host = ed25519Host();
    const key = await addKey({ host: 'one.example' });
    const id = await workspaceOf(owner);
    await askToSign(id, key, host);
    await accept(key);
    const other = ed25519Host();
    expect((await askToSign(id, key, other)).reason).toContain('another key than the one that you accepted');
    expect((await askToSign(id, key, host, { signedBy: other })).reason).toContain('did not prove who it is');
    const replayed = authentication(key, randomBytes(32));
    expect((await askToSign(id, key, host, { data: replayed })).reason).toContain('did not prove who it is');
    const session = randomBytes(32);
    for (const data of [
      Buffer.from('a commit, or another’s challenge'),
      Buffer.alloc(0),
      Buffer.from('ffffffff', 'hex'),
      authentication(key, session, { service: 'ssh-other' }),
      authentication(key, session, { more: [Buffer.from('more')] }),
    ])
      expect((await askToSign(id, key, host, { data })).reason).toContain('sign nothing else');
    expect(await askToSign(id, key, host)).toMatchObject({ kind: 'signature' });
    const list = await api().ask('GET', KEYS, { as: owner });
    const stored = list.body.items.find(({ id: one }: Key) => one === key.id);
    expect(stored.host_key.fingerprint).toMatch(/^SHA256:/);
    expect(JSON.stringify(list.body)).not.toMatch(/private/i);
  });

  it('are used for their repository before their host, and nowhere else', async () => {
    const ofHost = await addKey({ host: 'two.example:2222' });
    const ofRepository = await addKey({ host: 'two.example:2222', repository: 'team/shop.git' });
    const id = await workspaceOf(owner);
    const ask = async (host: string, repository: string, at = id) =>
      (await askGit(at, { kind: 'ssh_key', host, repository })).key_id;
    expect(await ask('two.example:2222', '/team/shop.git')).toBe(ofRepository.id);
    expect(await ask('TWO.example:2222', 'team/other')).toBe(ofHost.id);
    for (const host of ['two.example', 'two.example:22', 'evil.example', '__proto__', `@ssh:${ofHost.id}`])
      expect(await ask(host, 'team/shop')).toBeUndefined();
    expect(await askGit(id, { protocol: 'https', host: `@ssh:${ofHost.id}` })).toEqual({ kind: 'none' });
    expect(await ask('two.example:2222', 'team/shop', await workspaceOf(friend))).toBeUndefined();
    const same = await api().ask('POST', KEYS, { as: owner, body: { host: 'two.example:2222' } });
    expect([same.status, same.body.error.code]).toEqual([409, 'conflict']);
  });

  it('are of no use to others, nor in a workspace that a viewer gets into, and go when they are deleted', async () => {
    const host = ed25519Host();
    const key = await addKey({ host: 'three.example' });
    const id = await workspaceOf(owner);
    await askToSign(id, key, host);
    await accept(key);
    expect(await askToSign(await workspaceOf(friend), key, host)).toEqual({ kind: 'none' });
    const body = { fingerprint: 'SHA256:x' };
    for (const [method, path, more] of [
      ['DELETE', `${KEYS}/${key.id}`, {}],
      ['DELETE', `${KEYS}/${key.id}/host_key`, {}],
      ['PUT', `${KEYS}/${key.id}/host_key`, { body }],
    ] as const)
      expect((await api().ask(method, path, { as: friend, ...more })).status).toBe(404);
    expect((await api().ask('GET', KEYS, { as: friend })).body.items).toEqual([]);
    const share = { as: owner, body: { email: 'friend@example.com', role: 'viewer' } };
    expect((await api().ask('POST', `/api/workspaces/${id}/shares`, share)).status).toBe(201);
    expect((await askToSign(id, key, host)).reason).toContain('shared');
    const own = await workspaceOf(owner);
    expect(await askToSign(own, key, host)).toMatchObject({ kind: 'signature' });
    const wrong = await api().ask('PUT', `${KEYS}/${key.id}/host_key`, { as: owner, body });
    expect([wrong.status, wrong.body.error.code]).toEqual([409, 'conflict']);
    await api().ask('DELETE', `${KEYS}/${key.id}/host_key`, { as: owner });
    expect((await askToSign(own, key, host)).reason).toContain('not accepted');
    expect((await api().ask('DELETE', `${KEYS}/${key.id}`, { as: owner })).status).toBe(204);
    expect(await askToSign(own, key, host)).toEqual({ kind: 'none' });
  });
});
