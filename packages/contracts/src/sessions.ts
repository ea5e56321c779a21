import { z } from 'zod';

export const sessionId = z.string().max(36).pipe(z.uuid());
export type SessionId = z.infer<typeof sessionId>;

/** Where somebody is signed in. What the browser signs in with is in no response. */
export const session = z
  .object({
    id: sessionId,
    is_current: z.boolean().meta({ description: 'Whether this request came with it.' }),
    device: z.string().meta({ example: 'Firefox on Linux' }),
    address: z.string().nullable().meta({ description: 'Where it was signed in from.' }),
    method: z
      .string()
      .nullable()
      .meta({ description: 'How: `password`, or the name of the provider.', example: 'password' }),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof session>;
