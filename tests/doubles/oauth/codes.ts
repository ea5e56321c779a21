import { createHash, randomBytes } from 'node:crypto';

export interface Grant {
  redirectUri: string;
  challenge: string;
  nonce: string | undefined;
  scope: string;
}

/** Authorization codes with PKCE, each good once. */
export class Codes {
  readonly #open = new Map<string, Grant>();

  issue(query: URLSearchParams): string {
    if (query.get('code_challenge_method') !== 'S256') throw new Error('PKCE with S256 is needed');
    const code = randomBytes(20).toString('hex');
    this.#open.set(code, {
      redirectUri: query.get('redirect_uri') ?? '',
      challenge: query.get('code_challenge') ?? '',
      nonce: query.get('nonce') ?? undefined,
      scope: query.get('scope') ?? '',
    });
    return code;
  }

  /** Undefined for a code that was used, is another client’s, or comes without its verifier. */
  redeem(form: URLSearchParams): Grant | undefined {
    const code = form.get('code') ?? '';
    const grant = this.#open.get(code);
    this.#open.delete(code);
    if (grant === undefined || grant.redirectUri !== form.get('redirect_uri')) return undefined;
    const verifier = form.get('code_verifier') ?? '';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    return challenge === grant.challenge ? grant : undefined;
  }
}
