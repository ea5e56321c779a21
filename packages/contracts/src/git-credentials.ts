import { z } from 'zod';
import { anyBytes, lineText } from './text.ts';

/** A host as git names it in an address, with its port where that is not the usual one. */
export const gitHost = z
  .string()
  .max(128)
  .regex(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9]\d{0,4})?$/,
    'must be a host name in small letters, with a port where it is not the usual one; for example github.com',
  )
  .meta({ example: 'github.com' });

const TOKEN_BYTES_MAX = 8_192;

/** Given to git line by line. */
const line = (maxCharacters: number) => lineText(maxCharacters).min(1);

export const setGitCredentialInput = z
  .object({
    username: line(255).default('x-access-token').meta({ description: 'Most hosts take any with a token.' }),
    token: anyBytes(TOKEN_BYTES_MAX)
      .min(1)
      .regex(/^[\x21-\x7e]+$/, 'must be one word of visible ASCII characters'),
    allow_http: z.boolean().default(false).meta({
      description: 'Also give it where the address begins with http: anyone on the way can read it.',
    }),
  })
  .meta({ id: 'SetGitCredential' });
export type SetGitCredentialInput = z.infer<typeof setGitCredentialInput>;

/** Without the token, which is never given back. */
export const gitCredential = z
  .object({ host: z.string(), created_at: z.iso.datetime(), updated_at: z.iso.datetime() })
  .meta({ id: 'GitCredential' });
export type GitCredential = z.infer<typeof gitCredential>;

/** Private repositories that the person allowed with their account at GitHub. */
export const githubAccess = z
  .object({
    host: z.string().nullable().meta({ description: 'Null where Podex has no sign-in with GitHub.' }),
    allowed_at: z.iso.datetime().nullable().meta({ description: 'Null where it is not allowed.' }),
  })
  .meta({ id: 'GithubAccess' });
export type GithubAccess = z.infer<typeof githubAccess>;

export const endedGithubAccess = z
  .object({
    revoked: z.boolean().meta({
      description:
        'Whether GitHub has ended it as well. False: what Podex had is deleted, and the person can end it at GitHub, in Settings → Applications.',
    }),
  })
  .meta({ id: 'EndedGithubAccess' });
export type EndedGithubAccess = z.infer<typeof endedGithubAccess>;
