import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export interface OidcPerson {
  sub: string;
  email: string;
  email_verified: boolean;
  name: string;
}

export interface OidcProviderDouble {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Who signs in next. */
  person: OidcPerson;
  stop(): Promise<void>;
}

/** The certified OpenID provider `oidc-provider`, as strict as it comes, for the one client that returns to `redirectUri`. */
export async function startOidcProviderDouble(options: {
  person: OidcPerson;
  redirectUri: () => string;
}): Promise<OidcProviderDouble> {
  const client = { clientId: 'podex', clientSecret: 'a secret/with:signs & more+than=64-bits' };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let provider: Provider | undefined;
  const server = createServer((request, response) => {
    // Its client is known when the first request comes.
    provider ??= start();
    void answer(provider, request, response).catch((error: unknown) =>
      response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const people = new Map<string, OidcPerson>();
  const start = () =>
    new Provider(issuer, {
      clients: [
        {
          client_id: client.clientId,
          client_secret: client.clientSecret,
          redirect_uris: [options.redirectUri()],
          grant_types: ['authorization_code'],
          response_types: ['code'],
        },
      ],
      claims: { email: ['email', 'email_verified'], profile: ['name'] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }] },
      cookies: { keys: ['only-for-tests'] },
      findAccount: (_context, sub) => ({
        accountId: sub,
        claims: () => ({ ...(people.get(sub) ?? { sub }) }),
      }),
      interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    });
  async function answer(provider: Provider, request: IncomingMessage, response: ServerResponse) {
    if (!request.url?.startsWith('/interaction/')) return provider.callback()(request, response);
    const { grantId, params, prompt } = await provider.interactionDetails(request, response);
    const { person } = double;
    people.set(person.sub, person);
    if (prompt.name === 'login')
      return provider.interactionFinished(request, response, { login: { accountId: person.sub } });
    const grant =
      grantId === undefined
        ? new provider.Grant({ accountId: person.sub, clientId: String(params.client_id) })
        : await provider.Grant.find(grantId);
    if (grant === undefined) throw new Error('the grant is gone');
    grant.addOIDCScope('openid profile email');
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
  }
  const double: OidcProviderDouble = {
    ...client,
    issuer,
    person: options.person,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return double;
}
