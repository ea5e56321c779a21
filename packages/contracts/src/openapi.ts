import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { limitsOf, type OperationLimits } from './limits.ts';
import * as account from './routes/account-routes.ts';
import * as audit from './routes/audit-routes.ts';
import * as conversation from './routes/conversation-routes.ts';
import * as device from './routes/device-routes.ts';
import * as gitCredential from './routes/git-credential-routes.ts';
import * as gitSshKeys from './routes/git-ssh-key-routes.ts';
import * as inside from './routes/inside-routes.ts';
import * as invitation from './routes/invitation-routes.ts';
import * as joinToken from './routes/join-token-routes.ts';
import * as jwt from './routes/jwt-routes.ts';
import * as live from './routes/live-routes.ts';
import * as move from './routes/move-routes.ts';
import * as pool from './routes/pool-routes.ts';
import * as preview from './routes/preview-routes.ts';
import * as quota from './routes/quota-routes.ts';
import { refusal } from './routes/route.ts';
import * as rule from './routes/rule-routes.ts';
import * as secret from './routes/secret-routes.ts';
import * as server from './routes/server-routes.ts';
import * as service from './routes/service-routes.ts';
import * as session from './routes/session-routes.ts';
import * as settings from './routes/settings-routes.ts';
import * as share from './routes/share-routes.ts';
import * as sshKeys from './routes/ssh-key-routes.ts';
import * as team from './routes/team-routes.ts';
import * as usage from './routes/usage-routes.ts';
import * as user from './routes/user-routes.ts';
import * as waiting from './routes/waiting-routes.ts';
import * as workspace from './routes/workspace-routes.ts';

const ROUTE_MODULES = [
  service,
  account,
  device,
  session,
  sshKeys,
  jwt,
  workspace,
  move,
  waiting,
  share,
  inside,
  preview,
  conversation,
  rule,
  team,
  secret,
  gitCredential,
  gitSshKeys,
  live,
  server,
  pool,
  joinToken,
  invitation,
  user,
  quota,
  usage,
  settings,
  audit,
];

/** Every public route of api, in the order of the documentation. */
export const PUBLIC_ROUTES = ROUTE_MODULES.flatMap((module) => Object.values(module));

/** The schemas by which a route reads a request; undefined for a part that it does not read as an object of ours. */
export function requestPartsOf(route: (typeof PUBLIC_ROUTES)[number]): {
  params: z.ZodObject | undefined;
  query: z.ZodObject | undefined;
  body: z.ZodType | undefined;
} {
  const request: { params?: unknown; query?: unknown; body?: unknown } =
    'request' in route ? route.request : {};
  const objectOf = (schema: unknown) => (schema instanceof z.ZodObject ? schema : undefined);
  const body = z
    .object({ content: z.object({ 'application/json': z.object({ schema: z.instanceof(z.ZodType) }) }) })
    .safeParse(request.body);
  return {
    params: objectOf(request.params),
    query: objectOf(request.query),
    body: body.data?.content['application/json'].schema,
  };
}

/** What any request can meet before its route is reached. */
function responsesOfTheDoor({ max_body_bytes: maxBodyBytes }: OperationLimits) {
  const mayHaveBody = maxBodyBytes !== 0;
  return {
    400: refusal('The request is not valid.'),
    403: refusal('A page of another origin asks.'),
    408: refusal('Headers or body did not arrive in time; `x-podex-limits` says how long they may take.'),
    ...(mayHaveBody
      ? {
          413: refusal(
            maxBodyBytes === null
              ? 'The body is larger than the workspace takes.'
              : `The body has more than ${maxBodyBytes} bytes.`,
          ),
        }
      : {}),
    421: refusal('Podex can’t be reached by this host name.'),
    429: refusal('Too many requests, or a limit of the account is reached; the code says which.'),
    431: refusal('The address and headers are too long.'),
  };
}

/** The OpenAPI 3.1 document of the public routes. Sign-in itself is better-auth’s, under `/api/auth`. */
export function buildOpenApiDocument() {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token made with `POST /api/tokens` or `podex admin token`.',
  });
  registry.registerComponent('securitySchemes', 'cookie', {
    type: 'apiKey',
    in: 'cookie',
    name: 'podex.session_token',
    description: 'The session of the page.',
  });
  for (const route of PUBLIC_ROUTES) {
    const limits = limitsOf(route);
    registry.registerPath({
      ...route,
      responses: { ...responsesOfTheDoor(limits), ...route.responses },
      'x-podex-limits': { ...limits },
    });
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Podex',
      version: '1',
      description:
        'Workspaces and agents on your own servers. Sign in with `POST /api/auth/sign-in/email` (a session cookie) or send a bearer token. ' +
        'Every refusal is `{error: {code, message, context?, request_id}}`; decide on `code`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
  });
}
