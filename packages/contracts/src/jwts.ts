import { z } from 'zod';
import { TOKEN_SCOPES, tokenScope } from './accounts.ts';

/** `typ` of the header, which keeps one kind of JWT from being taken for another (RFC 8725 §3.11). */
export const JWT_TYPE = 'podex+jwt';
export const JWT_AUDIENCE = 'podex';
export const JWT_SECONDS_MAX = 15 * 60;

export const createJwtInput = z
  .object({
    scopes: z.array(tokenScope).min(1).max(TOKEN_SCOPES.length).optional().meta({
      description: 'Those of the token or session when left out; never more, and never `account`.',
    }),
    expires_in_seconds: z
      .number()
      .int()
      .min(60)
      .max(JWT_SECONDS_MAX)
      .default(10 * 60)
      .meta({ description: 'It ends with its token or session in any case.' }),
  })
  .meta({ id: 'CreateJwt' });
export type CreateJwtInput = z.output<typeof createJwtInput>;

export const createdJwt = z
  .object({
    jwt: z.string().meta({ example: 'eyJ…' }),
    scopes: z.array(tokenScope),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'CreatedJwt' });
export type CreatedJwt = z.infer<typeof createdJwt>;

export const publicJwk = z
  .object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string(),
    y: z.string(),
    kid: z.string(),
    alg: z.literal('ES256'),
    use: z.literal('sig'),
  })
  .meta({ id: 'PublicJwk' });
export type PublicJwk = z.infer<typeof publicJwk>;

/** RFC 7517 §5. */
export const jwks = z.object({ keys: z.array(publicJwk) }).meta({ id: 'Jwks' });
