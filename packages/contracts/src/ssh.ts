import { z } from 'zod';
import { sshKeyId } from './ids.ts';
import { isOneLine, nameText } from './text.ts';

/** So many, each as long as RSA of 4,096 bits, fit in the head of one request: they travel with each connection. */
export const SSH_KEYS_PER_USER_MAX = 16;
export const RSA_BITS_MIN = 2048;
export const RSA_BITS_MAX = 4096;
const PUBLIC_KEY_CHARACTERS_MAX = 2000;

/** From api to the daemon: the keys of the person who connects, type and base64 each, with commas between. Nobody else may say it. */
export const SSH_KEYS_HEADER = 'x-podex-ssh-keys';

/** Below the workspace. */
export const SSH_PATH = '/ssh';

/** As OpenSSH writes it. */
export const sshFingerprint = z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be a SHA256 fingerprint');

export const SSH_KEY_TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
] as const;
export const sshKeyType = z.enum(SSH_KEY_TYPES);
export type SshKeyType = z.infer<typeof sshKeyType>;

export const addSshKeyInput = z
  .object({
    name: nameText(100)
      .optional()
      .meta({ description: 'What the key calls itself when left out, or else its type.' }),
    public_key: z
      .string()
      .trim()
      .min(1)
      .max(PUBLIC_KEY_CHARACTERS_MAX)
      .refine(isOneLine, 'must be the one line of a .pub file')
      .meta({ description: 'The one line of a .pub file.', example: 'ssh-ed25519 AAAAC3Nza… me@laptop' }),
  })
  .meta({ id: 'AddSshKey' });
export type AddSshKeyInput = z.output<typeof addSshKeyInput>;

export const sshKey = z
  .object({
    id: sshKeyId,
    name: z.string(),
    type: sshKeyType,
    fingerprint: z.string().meta({ example: 'SHA256:3iCvmyUYyPx9sTOpkQKsLsgjNO9qdJyQ6VZjLR8hNbU' }),
    public_key: z.string().meta({ description: 'Type and key, without a comment.' }),
    created_at: z.iso.datetime(),
    last_used_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Null: nobody has signed in with it yet.' }),
  })
  .meta({ id: 'SshKey' });
export type SshKey = z.infer<typeof sshKey>;

/** By which a client knows that it talks to this workspace. Made with the first connection; it stays when the workspace is rebuilt or moved. */
export const sshHostKey = z
  .object({
    public_key: z.string().max(200).meta({ example: 'ssh-ed25519 AAAAC3Nza…' }),
    fingerprint: z.string().max(100),
  })
  .meta({ id: 'SshHostKey' });
export type SshHostKey = z.infer<typeof sshHostKey>;
