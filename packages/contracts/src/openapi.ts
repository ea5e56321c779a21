import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import * as account from './routes/account-routes.ts';
import * as audit from './routes/audit-routes.ts';
import * as conversation from './routes/conversation-routes.ts';
import * as inside from './routes/inside-routes.ts';
import * as invitation from './routes/invitation-routes.ts';
import * as live from './routes/live-routes.ts';
import * as server from './routes/server-routes.ts';
import * as service from './routes/service-routes.ts';
import * as settings from './routes/settings-routes.ts';
import * as workspace from './routes/workspace-routes.ts';

const ROUTE_MODULES = [
  service,
  account,
  workspace,
  inside,
  conversation,
  live,
  server,
  invitation,
  settings,
  audit,
];

/** Every public route of api, in the order of the documentation. */
export const PUBLIC_ROUTES = ROUTE_MODULES.flatMap((module) => Object.values(module));

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
  for (const route of PUBLIC_ROUTES) registry.registerPath(route);
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
