import type { HttpBindings } from '@hono/node-server';
import { Background } from '@podex/service-kit/background';
import { createCapabilitySigner } from '@podex/service-kit/capability';
import { createInternalClient } from '@podex/service-kit/internal-client';
import type { Logger } from '@podex/service-kit/logger';
import { createMetrics } from '@podex/service-kit/metrics';
import { addServiceRoutes } from '@podex/service-kit/service-routes';
import { findRelation, findTeamRole, holdActiveAdmin } from '../access/relation-store.ts';
import { addAccountRoutes } from '../accounts/account-routes.ts';
import { addAdminTokenRoute } from '../accounts/admin-token-routes.ts';
import { createAuth, isServedOverHttps } from '../accounts/auth.ts';
import { addAuthRoutes } from '../accounts/auth-routes.ts';
import { createAuthenticate } from '../accounts/authenticate.ts';
import { createCredentialEnds } from '../accounts/credential-ends.ts';
import { DeviceFlow } from '../accounts/device-flow.ts';
import { addDeviceRoutes } from '../accounts/device-routes.ts';
import { ensureFirstAdmin } from '../accounts/first-admin.ts';
import { addInvitationRoutes } from '../accounts/invitation-routes.ts';
import { InvitationService } from '../accounts/invitations.ts';
import { addJwtRoutes } from '../accounts/jwt-routes.ts';
import { JwtService } from '../accounts/jwts.ts';
import type { SignInProvider } from '../accounts/providers/provider.ts';
import { listSignInProviders } from '../accounts/providers/sign-in-providers.ts';
import { createRegistrationGate } from '../accounts/registration-gate.ts';
import { addSessionRoutes } from '../accounts/session-routes.ts';
import { SessionService } from '../accounts/sessions.ts';
import { SigningKeys } from '../accounts/signing-keys.ts';
import { TokenService } from '../accounts/tokens.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { addAuditRoutes } from '../audit/audit-routes.ts';
import { AuditSeal } from '../audit/audit-seal.ts';
import { AuditService } from '../audit/audit-service.ts';
import { createRecordDenied } from '../audit/denied-requests.ts';
import type { Bus } from '../bus/bus.ts';
import { InProcessBus } from '../bus/in-process-bus.ts';
import { RedisBus } from '../bus/redis-bus.ts';
import type { ApiConfig } from '../config.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { CredentialWatch } from '../connections/credential-watch.ts';
import { trackRequests } from '../connections/track-requests.ts';
import { addApprovalRoutes } from '../conversations/approvals/approval-routes.ts';
import { ApprovalService } from '../conversations/approvals/approvals.ts';
import { WaitingMails } from '../conversations/approvals/waiting-mails.ts';
import { addConversationRoutes } from '../conversations/conversation-routes.ts';
import { ConversationService } from '../conversations/conversations.ts';
import { TurnWork } from '../conversations/turn-work/turn-work.ts';
import { addTurnWorkRoutes } from '../conversations/turn-work/turn-work-routes.ts';
import { cancelWorkspaceTurns } from '../conversations/turns/turn-ending.ts';
import { addTurnRoutes } from '../conversations/turns/turn-routes.ts';
import { TurnService } from '../conversations/turns/turns.ts';
import type { WriteAudit } from '../database/audit-record.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { migrateToLatest } from '../database/migrate.ts';
import { createTransact, type Transact } from '../database/transact.ts';
import { addDocsRoutes } from '../docs/docs-routes.ts';
import { Enrolment } from '../enrolment/enrolment.ts';
import { addEnrolmentRoutes } from '../enrolment/enrolment-routes.ts';
import { JoinTokenService } from '../enrolment/join-tokens.ts';
import { TopicReader } from '../events/topic-reader.ts';
import { Wakeups } from '../events/wakeup.ts';
import { Gateway } from '../gateway/gateway.ts';
import { addGatewayRoutes } from '../gateway/gateway-routes.ts';
import { addComputeHealthRoute } from '../health/compute-health-routes.ts';
import { createApiHealth, serviceCheck } from '../health/health.ts';
import { type ApiApp, createApiApp } from '../http/api-app.ts';
import { createDoor } from '../http/door.ts';
import { createInternalApp, type InternalApp } from '../http/internal-app.ts';
import { createInternalDoor } from '../http/internal-door.ts';
import { findOperation } from '../http/operations.ts';
import { createOriginPolicy, listAllowedOrigins } from '../http/origins.ts';
import { createPermit } from '../http/permission.ts';
import { createTwoFactorRule } from '../http/two-factor-rule.ts';
import { addLiveRoutes } from '../live/live-routes.ts';
import { LiveSockets } from '../live/live-sockets.ts';
import { type Mailing, startMailing } from '../mail/mail.ts';
import { addModelRoutes } from '../models/model-routes.ts';
import { createModelService } from '../models/models.ts';
import { addProviderRoutes } from '../models/provider-routes.ts';
import { type AddressOf, createAddressOf } from '../network/client-address.ts';
import { createRequireHost, listAllowedHosts } from '../network/hosts.ts';
import { PoolService } from '../pool/pool.ts';
import { addPoolRoutes } from '../pool/pool-routes.ts';
import { PoolWork } from '../pool/pool-work.ts';
import { addPoolWorkRoutes } from '../pool/pool-work-routes.ts';
import { ModelBudgets } from '../quotas/model-budgets.ts';
import { addQuotaRoutes } from '../quotas/quota-routes.ts';
import { QuotaService } from '../quotas/quota-service.ts';
import { Quotas } from '../quotas/quotas.ts';
import { KeyRing } from '../secrets/key-ring.ts';
import { SecretVault } from '../secrets/secret-vault.ts';
import { addServerRoutes } from '../servers/server-routes.ts';
import { ServerService } from '../servers/servers.ts';
import { SettingsService } from '../settings/settings.ts';
import { addSettingsRoutes } from '../settings/settings-routes.ts';
import { addTeamRoutes } from '../teams/team-routes.ts';
import { TeamService } from '../teams/teams.ts';
import { OwnAccount } from '../users/own-account.ts';
import { UserAdmin } from '../users/user-admin.ts';
import { addUserRoutes } from '../users/user-routes.ts';
import { addIdleRoutes, addIdleWorkRoutes } from '../workspaces/idle-routes.ts';
import { IdleStops } from '../workspaces/idle-stops.ts';
import { addMoveRoutes, addMoveWorkRoutes } from '../workspaces/move-routes.ts';
import { MoveWork } from '../workspaces/move-work.ts';
import { Moves } from '../workspaces/moves.ts';
import { sealPlainEnvironments } from '../workspaces/seal-plain-environments.ts';
import { addSecretRoutes } from '../workspaces/secret-routes.ts';
import { SecretService } from '../workspaces/secrets.ts';
import { SERVER_MOVES } from '../workspaces/server-moves.ts';
import { ServerWork } from '../workspaces/server-work.ts';
import { addServerWorkRoutes } from '../workspaces/server-work-routes.ts';
import { addSetupRoutes, addSetupWorkRoutes } from '../workspaces/setup-routes.ts';
import { Setups } from '../workspaces/setups.ts';
import { addShareRoutes } from '../workspaces/share-routes.ts';
import { ShareService } from '../workspaces/shares.ts';
import { addWorkspaceRoutes } from '../workspaces/workspace-routes.ts';
import { WorkspaceWork } from '../workspaces/workspace-work.ts';
import { addWorkspaceWorkRoutes } from '../workspaces/workspace-work-routes.ts';
import { WorkspaceService } from '../workspaces/workspaces.ts';
import { startSweep } from './sweep.ts';
import { createUpgrade, type OnUpgrade } from './upgrade.ts';
import { VERSION } from './version.ts';

export interface Api {
  fetch: (request: Request, env: HttpBindings) => Response | Promise<Response>;
  onUpgrade: OnUpgrade;
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

interface Parts {
  config: ApiConfig;
  logger: Logger;
  database: Database;
  bus: Bus;
  background: Background;
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
  });
  if (config.firstAdmin) await ensureFirstAdmin({ db, auth, admin: config.firstAdmin, logger, transact });

  const vault = new SecretVault(config.secretsKeys && new KeyRing(config.secretsKeys));
  await sealPlainEnvironments({ db, transact, vault, logger });
  if (!vault.hasKeys) logger.warn('secrets.not_configured');

  const services = createServices({ ...parts, transact, settings, mailing, vault, seal }, wakeups);
  const { gateway, liveSockets, health, registry, permit, jwts } = services;
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
  addAuthRoutes(app, { auth, addressOf, signInPage, onDenied, ...authRequests });
  const users = new UserAdmin({ db, transact, auth, ...config });
  const ownAccount = new OwnAccount({ db, transact, auth, ...authRequests });
  addUserRoutes(app, { users, ownAccount }, { addressOf });
  addPublicRoutes(app, services, { ...parts, addressOf, mailing, providers });
  const internal = createInternalApp({ logger, keys: config.internalTokens });
  const admitsInternal = createInternalDoor({ logger, keys: config.internalTokens, ...config });
  addInternalRoutes(internal, services, config);
  const readSettings = () => settings.read();
  new CredentialWatch({ db, bus, registry, background, logger, readSettings, twoFactor }).start();
  const { approvals, waitingMails } = services;
  startSweep({ ...parts, db, transact, settings, auditLog, approvals, waitingMails });

  return {
    fetch: (request, env) => {
      const isInternal = new URL(request.url).pathname.startsWith('/internal/');
      return isInternal && admitsInternal(env.incoming)
        ? internal.fetch(request, env)
        : app.fetch(request, env);
    },
    onUpgrade: createUpgrade({ door, requireHost, gateway, liveSockets, registry, addressOf }),
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

type Services = ReturnType<typeof createServices>;

interface ServiceParts extends Parts {
  transact: Transact;
  settings: SettingsService;
  mailing: Mailing | undefined;
  vault: SecretVault;
  seal: AuditSeal;
}

function createServices(parts: ServiceParts, wakeups: Wakeups) {
  const { config, logger, database, bus, transact, settings, mailing, vault, seal } = parts;
  const { db } = database;
  const quotas = new Quotas(settings);
  const budgets = new ModelBudgets({ quotas, outbox: mailing?.outbox, ...config });
  const { baseUrl: agentUrl } = config.agent;
  const agent = createInternalClient({ service: 'agent', baseUrl: agentUrl, key: config.internalTokens });
  const { baseUrl: computeUrl, keys: computeKeys } = config.compute;
  const compute = createInternalClient({ service: 'compute', baseUrl: computeUrl, key: computeKeys });
  const models = createModelService({ agent });
  const sign = createCapabilitySigner(config.compute.keys);
  const workspaceWork = new WorkspaceWork({ db, wakeups, transact, vault, settings });
  const registry = new ConnectionRegistry(settings);
  const topics = new TopicReader({ db, wakeups });
  const permit = createPermit(db, {
    toWorkspace: findRelation,
    toTeam: findTeamRole,
    holdAdmin: holdActiveAdmin,
  });
  const workspaces = new WorkspaceService({
    db,
    bus,
    wakeups,
    transact,
    quotas,
    vault,
    allowedImages: () => [config.workspaceImage, ...settings.values.allowed_images],
    cancelTurns: cancelWorkspaceTurns,
  });
  const tokens = new TokenService({ db, transact, sessionSecret: config.sessionSecret, quotas });
  const keys = new SigningKeys({ db, transact, sessionSecret: config.sessionSecret });
  return {
    registry,
    permit,
    audit: new AuditService({ db, bus, transact, seal }),
    models,
    workspaceWork,
    setups: new Setups({ db, wakeups, transact }),
    idleStops: new IdleStops({ db, transact, settings }),
    moves: new Moves({ db, transact }),
    moveWork: new MoveWork({ db, wakeups, transact, settings }),
    serverWork: new ServerWork({ db, transact, settings }),
    turnWork: new TurnWork({ db, wakeups, transact, sign, budgets }),
    tokens,
    devices: new DeviceFlow({ db, transact, tokens, ...config }),
    sessions: new SessionService({ db, transact }),
    jwts: new JwtService({ db, transact, keys, issuer: config.frontendOrigin }),
    settings,
    invitations: new InvitationService({ db, transact, settings, mailing, ...config }),
    teams: new TeamService({ db, transact, quotas }),
    quotas: new QuotaService({ db, transact, quotas }),
    shares: new ShareService({ db, transact }),
    workspaces,
    secrets: new SecretService({ db, bus, transact, vault }),
    servers: new ServerService({ db, wakeups, transact, settings, moves: SERVER_MOVES }),
    pool: new PoolService({ db, settings }),
    poolWork: new PoolWork({ db, wakeups, transact, settings }),
    joinTokens: new JoinTokenService({ db, transact, ...config }),
    enrolment: new Enrolment({ db, transact, compute }),
    conversations: new ConversationService({ db, bus, transact, models, quotas }),
    turns: new TurnService({ transact }),
    approvals: new ApprovalService({ db, transact, quotas }),
    waitingMails: mailing && new WaitingMails({ ...mailing, ...config, db, transact, settings }),
    gateway: new Gateway({
      db,
      compute: config.compute,
      sign,
      startForUse: (id, waitMs, call) => workspaces.startForUse(id, waitMs, call),
    }),
    topics,
    liveSockets: new LiveSockets({ topics, permit, logger, registry }),
    health: createApiHealth({
      version: VERSION,
      needed: { database: database.check, bus: () => bus.check() },
      shown: { compute: serviceCheck(computeUrl), agent: serviceCheck(agentUrl) },
    }),
  };
}

function addPublicRoutes(
  app: ApiApp,
  services: Services,
  parts: Parts & {
    addressOf: AddressOf;
    mailing: Mailing | undefined;
    providers: readonly SignInProvider[];
  },
): void {
  const { db } = parts.database;
  const { metricsToken, internalTokens, compute } = parts.config;
  addServiceRoutes(app, {
    health: services.health,
    metrics: createMetrics('api'),
    metricsToken,
    internalKeys: internalTokens,
  });
  addComputeHealthRoute(app, { db, compute, metricsToken });
  addDocsRoutes(app);
  addAccountRoutes(app, services.tokens, createTwoFactorRule(services.settings).mustSetUp);
  addDeviceRoutes(app, services.devices, parts);
  addSessionRoutes(app, services.sessions);
  addJwtRoutes(app, services.jwts, parts);
  addInvitationRoutes(app, services.invitations, parts);
  addTeamRoutes(app, services.teams);
  addQuotaRoutes(app, services.quotas);
  addSettingsRoutes(app, services.settings, {
    providers: parts.providers.map(({ id, name }) => ({ id, name })),
    mail: parts.mailing?.isDelivered ?? false,
  });
  addWorkspaceRoutes(app, services.workspaces);
  addIdleRoutes(app, services.idleStops);
  addSetupRoutes(app, services.setups);
  addMoveRoutes(app, services.moves);
  addShareRoutes(app, services.shares);
  addSecretRoutes(app, services.secrets);
  addConversationRoutes(app, services.conversations);
  addTurnRoutes(app, services.turns);
  addApprovalRoutes(app, services.approvals);
  addModelRoutes(app, services.models);
  addEnrolmentRoutes(app, services, parts);
  addServerRoutes(app, services.servers);
  addPoolRoutes(app, services.pool);
  addAuditRoutes(app, services.audit);
  addLiveRoutes(app, { db, topics: services.topics, logger: parts.logger });
  addGatewayRoutes(app, services.gateway);
}

function addInternalRoutes(internal: InternalApp, services: Services, config: ApiConfig): void {
  addWorkspaceWorkRoutes(internal, services.workspaceWork);
  addIdleWorkRoutes(internal, services.idleStops);
  addSetupWorkRoutes(internal, services.setups);
  addMoveWorkRoutes(internal, services.moveWork);
  addServerWorkRoutes(internal, services.serverWork);
  addPoolWorkRoutes(internal, services.poolWork);
  addTurnWorkRoutes(internal, services.turnWork);
  addProviderRoutes(internal, config.providers);
  addAdminTokenRoute(internal, services.tokens, config);
}
