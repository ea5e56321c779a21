import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import { createAuth, isServedOverHttps } from '../accounts/auth.ts';
import { addAuthRoutes } from '../accounts/auth-routes.ts';
import { createAuthenticate } from '../accounts/authenticate.ts';
import { createCredentialEnds } from '../accounts/credential-ends.ts';
import { ensureFirstAdmin } from '../accounts/first-admin.ts';
import { GithubAccess } from '../accounts/github-access.ts';
import { listSignInProviders } from '../accounts/providers/sign-in-providers.ts';
import { createRegistrationGate } from '../accounts/registration-gate.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { AuditSeal } from '../audit/audit-seal.ts';
import { createRecordDenied } from '../audit/denied-requests.ts';
import type { Bus } from '../bus/bus.ts';
import { InProcessBus } from '../bus/in-process-bus.ts';
import { RedisBus } from '../bus/redis-bus.ts';
import type { ApiConfig } from '../config.ts';
import { CredentialWatch } from '../connections/credential-watch.ts';
import { trackRequests } from '../connections/track-requests.ts';
import type { WriteAudit } from '../database/audit-record.ts';
import { connectDatabase } from '../database/connect.ts';
import { migrateToLatest } from '../database/migrate.ts';
import { createTransact } from '../database/transact.ts';
import { Wakeups } from '../events/wakeup.ts';
import { createApiApp } from '../http/api-app.ts';
import { createDoor } from '../http/door.ts';
import { bodyDeadlineMs } from '../http/forwarded-paths.ts';
import { createInternalApp } from '../http/internal-app.ts';
import { createInternalDoor } from '../http/internal-door.ts';
import { findOperation } from '../http/operations.ts';
import { createOriginPolicy, listAllowedOrigins } from '../http/origins.ts';
import { createTwoFactorRule } from '../http/two-factor-rule.ts';
import { startMailing } from '../mail/mail.ts';
import { createAddressOf } from '../network/client-address.ts';
import { createRequireHost, listAllowedHosts } from '../network/hosts.ts';
import { KeyRing } from '../secrets/key-ring.ts';
import { SecretVault } from '../secrets/secret-vault.ts';
import { SettingsService } from '../settings/settings.ts';
import { OwnAccount } from '../users/own-account.ts';
import { UserAdmin } from '../users/user-admin.ts';
import { addUserRoutes } from '../users/user-routes.ts';
import { sealPlainEnvironments } from '../workspaces/seal-plain-environments.ts';
import { createPreviews, type PreviewServer } from './previews.ts';
import { addInternalRoutes, addPublicRoutes } from './routes.ts';
import { createServices, type Parts } from './services.ts';
import { startSweep } from './sweep.ts';
import { createUpgrade, type OnUpgrade } from './upgrade.ts';

export interface Api {
  fetch: (request: Request, env: HttpBindings) => Response | Promise<Response>;
  onUpgrade: OnUpgrade;
  /** How long the body of a request may take; undefined: as long as it takes. */
  bodyDeadlineMs: (request: IncomingMessage) => number | undefined;
  /** Of previews that have no hosts of their own; to be started beside. */
  previewServer: PreviewServer | undefined;
  /** `/ready` says no from now on, waits and streams end, pages are told to come back; requests are still served. */
  startStopping(): void;
  /** Ends background work and closes connections; call it when no request runs any more. */
  stop(): Promise<void>;
}

export interface ApiParts {
  logger: Logger;
  /** Opened from the configuration when left out. Closed with api in any case. */
  bus?: Bus;
}

/** The composition root: every part of api is built and joined here, once. Migrates the database first. */
export async function buildApi(config: ApiConfig, { logger, bus: given }: ApiParts): Promise<Api> {
  const database = connectDatabase({ url: config.databaseUrl, logger });
  const bus = given ?? openBus(config, logger);
  const background = new Background(logger);
  try {
    await migrateToLatest(database.db, logger);
    return await assemble({ config, logger, database, bus, background });
  } catch (error) {
    await background.stop();
    await bus.close();
    await database.close();
    throw error;
  }
}

function openBus(config: ApiConfig, logger: Logger): Bus {
  if (config.redisUrl === undefined) return new InProcessBus();
  return new RedisBus({
    url: config.redisUrl,
    onError: (error) => logger.warn({ err: error }, 'bus.connection_lost'),
  });
}

async function assemble(parts: Parts): Promise<Api> {
  const { config, logger, database, bus, background } = parts;
  const { db, pool } = database;
  const stopping = new AbortController();
  const wakeups = new Wakeups(bus, stopping.signal);
  const allowedOrigins = listAllowedOrigins(config);
  const origins = createOriginPolicy(allowedOrigins);
  const addressOf = createAddressOf(config.trustedProxies);
  const seal = new AuditSeal(config.sessionSecret);
  const auditLog = new AuditLog({ seal, logger });
  const writeAudit: WriteAudit = (tx, records) => auditLog.write(tx, records);
  const transact = createTransact({ db, bus, writeAudit });
  await auditLog.begin(db, transact);
  const settings = await SettingsService.start({
    db,
    bus,
    transact,
    background,
    logger,
    initial: config.isSignUpOpen ? { registration: 'open' } : {},
  });
  const mailing = startMailing({ config, db, wakeups, background, logger });
  const providers = listSignInProviders(config);
  const vault = new SecretVault(config.secretsKeys && new KeyRing(config.secretsKeys));
  const githubAccess = new GithubAccess({ db, transact, vault, github: config.github, logger });
  const auth = createAuth({
    config,
    db,
    pool,
    allowedOrigins,
    logger,
    credentials: createCredentialEnds({ db, bus }),
    registrationGate: createRegistrationGate({ db, settings, transact }),
    mail: mailing && { mailing, transact },
    providers,
    transact,
    githubAccess,
  });
  if (config.firstAdmin) await ensureFirstAdmin({ db, auth, admin: config.firstAdmin, logger, transact });

  await sealPlainEnvironments({ db, transact, vault, logger });
  if (!vault.hasKeys) logger.warn('secrets.not_configured');

  const services = createServices(
    { ...parts, transact, settings, mailing, vault, seal, githubAccess },
    wakeups,
  );
  const { gateway, liveSockets, health, registry, permit, jwts, sshKeys } = services;
  const authenticate = createAuthenticate({ auth, db, jwts });
  const twoFactor = createTwoFactorRule(settings);
  const onDenied = createRecordDenied({ bus, transact });
  const door = createDoor({ authenticate, origins, permit, twoFactor, onDenied });
  const requireHost = createRequireHost(listAllowedHosts(config));
  const isHttps = isServedOverHttps(config);
  const track = trackRequests({ registry, addressOf }, findOperation);
  const app = createApiApp({ logger, door, origins, requireHost, isHttps, track, addressOf });
  const authRequests = { allowedOrigins: [config.frontendOrigin, ...allowedOrigins], isHttps };
  const signInPage = `${config.frontendOrigin}/sign-in`;
  addAuthRoutes(app, { auth, addressOf, signInPage, onDenied, githubAccess, ...authRequests });
  const users = new UserAdmin({ db, transact, auth, ...config });
  const ownAccount = new OwnAccount({ db, transact, auth, ...authRequests });
  addUserRoutes(app, { users, ownAccount }, { addressOf });
  addPublicRoutes(app, services, { ...parts, addressOf, mailing, providers });
  const internal = createInternalApp({ logger, keys: config.internalTokens });
  const admitsInternal = createInternalDoor({ logger, keys: config.internalTokens, ...config });
  addInternalRoutes(internal, services, config);
  const readSettings = () => settings.read();
  new CredentialWatch({ db, bus, registry, background, logger, readSettings, twoFactor }).start();
  const previews = createPreviews({ ...parts, services, settings, twoFactor, addressOf });
  const { approvals, waitingMails, certificateMails } = services;
  services.abandonedTurns.start(background);
  startSweep({ ...parts, db, transact, settings, auditLog, approvals, waitingMails, certificateMails });

  const onUpgrade = createUpgrade({ door, requireHost, gateway, liveSockets, registry, sshKeys, addressOf });
  return {
    fetch: (request, env) => {
      if (previews?.isFor(env.incoming)) {
        return previews.front.handle(env.incoming, env.outgoing).then(() => RESPONSE_ALREADY_SENT);
      }
      const isInternal = new URL(request.url).pathname.startsWith('/internal/');
      return isInternal && admitsInternal(env.incoming)
        ? internal.fetch(request, env)
        : app.fetch(request, env);
    },
    async onUpgrade(request, socket, head) {
      if (previews?.isFor(request)) await previews.front.upgrade(request, socket, head);
      else await onUpgrade(request, socket, head);
    },
    bodyDeadlineMs: (request) => (previews?.isFor(request) ? undefined : bodyDeadlineMs(request)),
    previewServer: previews?.server,
    startStopping() {
      health.startStopping();
      stopping.abort(new Error('api is stopping'));
      liveSockets.close();
    },
    async stop() {
      await background.stop();
      gateway.close();
      await bus.close();
      await database.close();
    },
  };
}
