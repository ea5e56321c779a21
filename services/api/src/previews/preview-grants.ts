import { createHmac, timingSafeEqual } from 'node:crypto';
import { type UserId, userId } from '@podex/contracts/ids';
import { z } from 'zod';
import type { PreviewPlace } from './preview-addresses.ts';

/** For a person who was let in: good as long as their session is, and until then. */
const sessionGrant = z.object({
  kind: z.literal('session'),
  host: z.string(),
  session_id: z.string(),
  user_id: userId,
  expires_at: z.number(),
});
/** For everybody who has a link. */
const linkGrant = z.object({ kind: z.literal('link'), host: z.string(), expires_at: z.number() });

const grant = z.discriminatedUnion('kind', [sessionGrant, linkGrant]);

export interface SessionGrant {
  sessionId: string;
  userId: UserId;
  expiresAt: Date;
}

const TOKEN_MAX = 1_024;
const FORM = /^([\w-]+)\.([\w-]{43})$/;

/** Signs what a browser shows at a preview. Each is for one port of one workspace, and says nothing at any other. */
export class PreviewGrants {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  signSession(place: PreviewPlace, { sessionId, userId: user, expiresAt }: SessionGrant): string {
    const claims = { kind: 'session', host: hostKey(place), session_id: sessionId, user_id: user };
    return this.#sign({ ...claims, expires_at: expiresAt.getTime() }, '');
  }

  /** @param linkKey of the port: another one makes all its links void. */
  signLink(place: PreviewPlace, linkKey: string, expiresAt: Date): string {
    return this.#sign({ kind: 'link', host: hostKey(place), expires_at: expiresAt.getTime() }, linkKey);
  }

  readSession(token: string, place: PreviewPlace): SessionGrant | undefined {
    const claims = this.#read(token, place, '');
    if (claims?.kind !== 'session') return undefined;
    const { session_id: sessionId, user_id: user, expires_at: expiresAt } = claims;
    return { sessionId, userId: user, expiresAt: new Date(expiresAt) };
  }

  /** @returns when it ends; undefined when it is no link of this port, or not any more. */
  readLink(token: string, place: PreviewPlace, linkKey: string): Date | undefined {
    const claims = this.#read(token, place, linkKey);
    return claims?.kind === 'link' ? new Date(claims.expires_at) : undefined;
  }

  #sign(claims: object, salt: string): string {
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${body}.${this.#mac(body, salt).toString('base64url')}`;
  }

  #read(token: string, place: PreviewPlace, salt: string): z.infer<typeof grant> | undefined {
    const [, body = '', mac = ''] = token.length > TOKEN_MAX ? [] : (FORM.exec(token) ?? []);
    if (body === '' || !timingSafeEqual(this.#mac(body, salt), Buffer.from(mac, 'base64url')))
      return undefined;
    const claims = grant.parse(JSON.parse(Buffer.from(body, 'base64url').toString()));
    return claims.host === hostKey(place) && claims.expires_at > Date.now() ? claims : undefined;
  }

  #mac(body: string, salt: string): Buffer {
    return createHmac('sha256', this.#key).update(`${salt}\n${body}`).digest();
  }
}

function hostKey({ workspaceId, port }: PreviewPlace): string {
  return `${port}--${workspaceId}`;
}
