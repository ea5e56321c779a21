import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Codes } from './codes.ts';
import {
  type DoubleAnswer,
  type DoubleRequest,
  sendBack,
  sendJson,
  startDoubleServer,
} from './json-server.ts';

export interface GithubPerson {
  id: number;
  login: string;
  name: string | null;
  /** What the profile shows; anybody’s address may stand there. */
  email: string | null;
  emails: { email: string; primary: boolean; verified: boolean; visibility: string | null }[];
}

export interface GithubDouble {
  baseUrl: string;
  clientId: string;
  clientSecret: string;
  /** Who signs in next. */
  person: GithubPerson;
  /** Takes a path over, such as `/user`, until it is deleted. */
  faults: Map<string, DoubleAnswer>;
  /** Paths that were asked for. */
  asked: string[];
  /** Given to the client. */
  lastToken: string;
  /** Whether it is good for anything. */
  isLive(token: string): boolean;
  stop(): Promise<void>;
}

const API = '/api/v3';

/** GitHub (as an Enterprise Server: the API is below /api/v3) with the shapes of its documentation. */
export async function startGithubDouble(person: GithubPerson): Promise<GithubDouble> {
  const codes = new Codes();
  const tokens = new Map<string, GithubPerson>();
  const client = { clientId: 'github-client', clientSecret: 'github-secret' };
  const asked: string[] = [];
  const faults = new Map<string, DoubleAnswer>();

  function authorize({ url }: DoubleRequest, response: ServerResponse) {
    const query = url.searchParams;
    const code = codes.issue(query);
    sendBack(response, query.get('redirect_uri') ?? '', { code, state: query.get('state') ?? '' });
  }

  function giveToken({ form }: DoubleRequest, response: ServerResponse) {
    const isClient =
      form.get('client_id') === client.clientId && form.get('client_secret') === client.clientSecret;
    // GitHub sends both errors with status 200.
    if (!isClient) return sendJson(response, { error: 'incorrect_client_credentials' });
    const grant = codes.redeem(form);
    if (grant === undefined) return sendJson(response, { error: 'bad_verification_code' });
    const token = `gho_${randomBytes(18).toString('hex')}`;
    tokens.set(token, double.person);
    double.lastToken = token;
    sendJson(response, {
      access_token: token,
      token_type: 'bearer',
      scope: grant.scope.replaceAll(' ', ','),
    });
  }

  /** All of the person’s tokens go with the one. */
  function revokeGrant({ method, headers, text }: DoubleRequest, response: ServerResponse) {
    const basic = `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64')}`;
    if (headers.authorization !== basic) return sendJson(response, { message: 'Bad credentials' }, 401);
    const known = tokens.get(JSON.parse(text).access_token);
    if (method !== 'DELETE' || known === undefined) return sendJson(response, { message: 'Not Found' }, 404);
    for (const [token, owner] of tokens) if (owner.id === known.id) tokens.delete(token);
    response.writeHead(204).end();
  }

  function answerApi(path: string, { headers }: DoubleRequest, response: ServerResponse) {
    const known = tokens.get((headers.authorization ?? '').replace('Bearer ', ''));
    if (known === undefined) return sendJson(response, { message: 'Bad credentials' }, 401);
    const { emails, ...profile } = known;
    const avatar = `${server.baseUrl}/a.png`;
    if (path === '/user') return sendJson(response, { ...profile, avatar_url: avatar, type: 'User' });
    if (path === '/user/emails') return sendJson(response, emails);
    return sendJson(response, { message: 'Not Found' }, 404);
  }

  const server = await startDoubleServer((request, response) => {
    const path = request.url.pathname.replace(API, '');
    asked.push(path);
    const fault = faults.get(path);
    if (fault !== undefined) return fault(request, response);
    if (path === '/login/oauth/authorize') return authorize(request, response);
    if (path === '/login/oauth/access_token') return giveToken(request, response);
    if (path === `/applications/${client.clientId}/grant`) return revokeGrant(request, response);
    return answerApi(path, request, response);
  });
  const double: GithubDouble = {
    ...client,
    baseUrl: server.baseUrl,
    person,
    faults,
    asked,
    lastToken: '',
    isLive: (token) => tokens.has(token),
    stop: server.stop,
  };
  return double;
}
