import { createPrivateKey, generateKeyPair } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { SshHostKey } from '@podex/contracts/ssh';
import { type Ed25519Key, fingerprintText, keyOfJwk, privateKeyText, publicKeyText } from './openssh-key.ts';

const FILE = 'ssh-host-key.pem';
const PRIVATE_MODE = 0o600;
const makeKeyPair = promisify(generateKeyPair);

/** By which clients know the workspace. Made when it is first needed; it lies with the workspace’s state and so outlives containers and moves. */
export class HostKey {
  readonly #file: string;
  #key: Promise<Ed25519Key> | undefined;

  constructor({ statePath }: { statePath: string }) {
    this.#file = path.join(statePath, FILE);
  }

  async describe(): Promise<SshHostKey> {
    const key = await this.#load();
    return { public_key: publicKeyText(key), fingerprint: fingerprintText(key) };
  }

  /** For sshd. */
  async privateText(): Promise<string> {
    return privateKeyText(await this.#load());
  }

  /** A failure is not kept: the disk may have room again. */
  #load(): Promise<Ed25519Key> {
    this.#key ??= this.#readOrMake().catch((error: unknown) => {
      this.#key = undefined;
      throw error;
    });
    return this.#key;
  }

  async #readOrMake(): Promise<Ed25519Key> {
    const known = await readFile(this.#file, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (known !== undefined) return keyOfJwk(createPrivateKey(known).export({ format: 'jwk' }));
    const { privateKey } = await makeKeyPair('ed25519');
    await writeWhole(this.#file, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    return keyOfJwk(privateKey.export({ format: 'jwk' }));
  }
}

/** A crash leaves no file or the whole one: with half a key nobody could connect any more. */
async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.new`;
  const handle = await open(unfinished, 'w', PRIVATE_MODE);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}
