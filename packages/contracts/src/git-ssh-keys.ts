import { z } from 'zod';
import { gitHost } from './git-credentials.ts';
import { gitSshKeyId } from './ids.ts';
import { lineText } from './text.ts';

/** Each is one key at a host, or at one of its repositories. */
export const GIT_SSH_KEYS_PER_USER_MAX = 50;

/** As it stands in an address of the repository, without `.git`. */
export const gitRepository = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9_~][A-Za-z0-9_.~/-]*$/, 'must be a path such as owner/name')
  .transform((path) => path.replace(/\.git$/, ''))
  .meta({ example: 'owner/name' });

export const addGitSshKeyInput = z
  .object({
    host: gitHost,
    repository: gitRepository.nullable().default(null).meta({
      description: 'The one repository it is used for; null: all of the host that have no key of their own.',
    }),
  })
  .meta({ id: 'AddGitSshKey' });
export type AddGitSshKeyInput = z.output<typeof addGitSshKeyInput>;

const hostKey = z
  .object({ type: z.string(), fingerprint: z.string() })
  .meta({ id: 'GitHostKey', description: 'By which a host proves that it is that host.' });

/** The public half; the private one never leaves Podex. */
export const gitSshKey = z
  .object({
    id: gitSshKeyId,
    host: z.string(),
    repository: z.string().nullable(),
    public_key: z
      .string()
      .meta({ description: 'To be added at the host, as the key of an account or a deploy key.' }),
    fingerprint: z.string(),
    host_key: hostKey.nullable().meta({ description: 'Which was accepted; null: none yet.' }),
    offered_host_key: hostKey
      .nullable()
      .meta({ description: 'Which the host showed at the first connection; it waits to be accepted.' }),
    created_at: z.iso.datetime(),
    last_used_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Null: git has not signed in with it yet.' }),
  })
  .meta({ id: 'GitSshKey' });
export type GitSshKey = z.infer<typeof gitSshKey>;

export const acceptGitHostKeyInput = z
  .object({ fingerprint: lineText(100).meta({ description: 'Of the key that the host showed.' }) })
  .meta({ id: 'AcceptGitHostKey' });
export type AcceptGitHostKeyInput = z.infer<typeof acceptGitHostKeyInput>;
