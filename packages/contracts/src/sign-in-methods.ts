import { z } from 'zod';

/** What the page reads of better-auth’s `/api/auth/list-accounts`: ways to sign in that belong to one person. */
export const linkedAccounts = z.array(
  z.object({
    /** For `/api/auth/unlink-account`. */
    id: z.string(),
    /** `credential` is a password. */
    providerId: z.string(),
  }),
);
export type LinkedAccount = z.infer<typeof linkedAccounts>[number];

/** Of `/api/auth/unlink-account`. False: what the person had allowed there beside signing in is deleted here, and goes on there. */
export const unlinkedAccount = z.object({ revoked: z.boolean() });

/** What the page reads of `/api/auth/sign-in/social` and `/api/auth/link-social`: where the browser goes. */
export const providerStart = z.object({ url: z.url({ protocol: /^https?$/ }) });
