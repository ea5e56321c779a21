import { labelsOfImage } from '@podex/contracts/image-labels';
import type { Background } from '@podex/service-kit/background';
import { createCapabilitySigner } from '@podex/service-kit/capability';
import { createInternalClient } from '@podex/service-kit/internal-client';
import type { Logger } from '@podex/service-kit/logger';
import { findRelation, findTeamRole, holdActiveAdmin } from '../access/relation-store.ts';
import { deriveKey } from '../accounts/derived-key.ts';
import { DeviceFlow } from '../accounts/device-flow.ts';
import type { GithubAccess } from '../accounts/github-access.ts';
import { InvitationService } from '../accounts/invitations.ts';
import { JwtService } from '../accounts/jwts.ts';
import { SessionService } from '../accounts/sessions.ts';
import { SigningKeys } from '../accounts/signing-keys.ts';
import { TokenService } from '../accounts/tokens.ts';
import type { AuditSeal } from '../audit/audit-seal.ts';
import { AuditService } from '../audit/audit-service.ts';
import type { Bus } from '../bus/bus.ts';
import type { ApiConfig } from '../config.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ApprovalService } from '../conversations/approvals/approvals.ts';
import { WaitingMails } from '../conversations/approvals/waiting-mails.ts';
import { ConversationService } from '../conversations/conversations.ts';
import { RuleService } from '../conversations/rules/rules.ts';
import { withContents } from '../conversations/transcript/event-contents.ts';
import { TurnWork } from '../conversations/turn-work/turn-work.ts';
import { WorkerPresence } from '../conversations/turn-work/worker-presence.ts';
import { AbandonedTurns } from '../conversations/turns/abandoned-turns.ts';
import { cancelWorkspaceTurns } from '../conversations/turns/turn-ending.ts';
import { TurnService } from '../conversations/turns/turns.ts';
import type { Database } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { Enrolment } from '../enrolment/enrolment.ts';
import { JoinTokenService } from '../enrolment/join-tokens.ts';
import { TopicReader } from '../events/topic-reader.ts';
import type { Wakeups } from '../events/wakeup.ts';
import { Gateway } from '../gateway/gateway.ts';
import { createApiHealth, serviceCheck } from '../health/health.ts';
import { createPermit } from '../http/permission.ts';
import { LiveSockets } from '../live/live-sockets.ts';
import type { Mailing } from '../mail/mail.ts';
import { createModelService } from '../models/models.ts';
import { PoolService } from '../pool/pool.ts';
import { PoolWork } from '../pool/pool-work.ts';
import { InsidePorts } from '../previews/inside-ports.ts';
import type { PreviewAddresses } from '../previews/preview-addresses.ts';
import { PreviewGrants } from '../previews/preview-grants.ts';
import { PreviewHosts } from '../previews/preview-hosts.ts';
import { PreviewPaths } from '../previews/preview-paths.ts';
import { PreviewService } from '../previews/preview-service.ts';
import { QuotaService } from '../quotas/quota-service.ts';
import { Quotas } from '../quotas/quotas.ts';
import type { SecretVault } from '../secrets/secret-vault.ts';
import { CertificateMails } from '../servers/certificate-mails.ts';
import { ServerService } from '../servers/servers.ts';
import type { SettingsService } from '../settings/settings.ts';
import { SshKeyService } from '../ssh-keys/ssh-keys.ts';
import { TeamService } from '../teams/teams.ts';
import { ModelCalls } from '../usage/model-calls.ts';
import { UsageService } from '../usage/usage-service.ts';
import { GitCredentials } from '../workspaces/git/git-credentials.ts';
import { GitSshKeys } from '../workspaces/git/git-ssh-keys.ts';
import { IdleStops } from '../workspaces/idle/idle-stops.ts';
import { MoveWork } from '../workspaces/moves/move-work.ts';
import { Moves } from '../workspaces/moves/moves.ts';
import { SERVER_MOVES } from '../workspaces/moves/server-moves.ts';
import { NetworkPolicyService } from '../workspaces/network/network-policies.ts';
import { SecretService } from '../workspaces/secrets/secrets.ts';
import { Setups } from '../workspaces/setups/setups.ts';
import { ShareService } from '../workspaces/sharing/shares.ts';
import { ServerWork } from '../workspaces/work/server-work.ts';
import { Waiting } from '../workspaces/work/waiting.ts';
import { WorkspaceWork } from '../workspaces/work/workspace-work.ts';
import { WorkspaceService } from '../workspaces/workspaces.ts';
import { VERSION } from './version.ts';

/** What everything else stands on. */
export interface Parts {
  config: ApiConfig;
  logger: Logger;
  database: Database;
  bus: Bus;
  background: Background;
}

export type Services = ReturnType<typeof createServices>;

interface ServiceParts extends Parts {
  transact: Transact;
  settings: SettingsService;
  mailing: Mailing | undefined;
  vault: SecretVault;
  seal: AuditSeal;
  githubAccess: GithubAccess;
}

/** Every service of api, each given what it needs of the others. */
export function createServices(parts: ServiceParts, wakeups: Wakeups) {
  const { config, logger, database, bus, transact, settings, mailing, vault, seal, githubAccess } = parts;
  const { db } = database;
  const quotas = new Quotas(settings);
  const calls = new ModelCalls({ quotas, settings, outbox: mailing?.outbox, ...config });
  const { baseUrl: agentUrl } = config.agent;
  const agent = createInternalClient({ service: 'agent', baseUrl: agentUrl, key: config.internalTokens });
  const { baseUrl: computeUrl, keys: computeKeys } = config.compute;
  const compute = createInternalClient({ service: 'compute', baseUrl: computeUrl, key: computeKeys });
  const models = createModelService({ agent });
  const sign = createCapabilitySigner(config.compute.keys);
  const workspaceWork = new WorkspaceWork({ db, wakeups, transact, vault, settings });
  const registry = new ConnectionRegistry(settings);
  const topics = new TopicReader({ db, wakeups, complete: withContents });
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
    labelsOfImage: (image) => labelsOfImage(image ?? config.workspaceImage, settings.values.image_labels),
    networkSettings: () => settings.values,
    cancelTurns: cancelWorkspaceTurns,
  });
  const tokens = new TokenService({ db, transact, sessionSecret: config.sessionSecret, quotas });
  const previewAddresses: PreviewAddresses | undefined = PreviewPaths.of(config) ?? PreviewHosts.of(config);
  const previewGrants = new PreviewGrants(deriveKey(config.sessionSecret, 'previews'));
  const inside = new InsidePorts({ ...config, sign });
  const keys = new SigningKeys({ db, transact, sessionSecret: config.sessionSecret });
  return {
    registry,
    permit,
    sign,
    previewAddresses,
    previewGrants,
    previews: new PreviewService({
      ...{ db, bus, transact, settings, inside },
      addresses: previewAddresses,
      grants: previewGrants,
    }),
    audit: new AuditService({ db, bus, transact, seal }),
    models,
    workspaceWork,
    networkPolicies: new NetworkPolicyService({ db, bus, wakeups, transact, settings }),
    setups: new Setups({ db, wakeups, transact }),
    idleStops: new IdleStops({ db, transact, settings }),
    moves: new Moves({ db, transact }),
    waiting: new Waiting({ db }),
    moveWork: new MoveWork({ db, wakeups, transact, settings }),
    serverWork: new ServerWork({ db, wakeups, transact, settings }),
    turnWork: new TurnWork({ db, wakeups, transact, sign, calls, quotas }),
    abandonedTurns: new AbandonedTurns({ db, transact, wakeups, sign, computeUrl, logger }),
    workerPresence: new WorkerPresence({ transact, wakeups, logger }),
    tokens,
    devices: new DeviceFlow({ db, transact, tokens, ...config }),
    sessions: new SessionService({ db, transact }),
    sshKeys: new SshKeyService({ db, transact }),
    jwts: new JwtService({ db, transact, keys, issuer: config.frontendOrigin }),
    settings,
    invitations: new InvitationService({ db, transact, settings, mailing, ...config }),
    teams: new TeamService({ db, transact, quotas }),
    quotas: new QuotaService({ db, transact, quotas }),
    usage: new UsageService({ db }),
    shares: new ShareService({ db, transact }),
    workspaces,
    secrets: new SecretService({ db, bus, transact, vault }),
    gitCredentials: new GitCredentials({ db, bus, transact, vault, githubAccess }),
    githubAccess,
    gitSshKeys: new GitSshKeys({ db, bus, transact, vault }),
    servers: new ServerService({ db, wakeups, transact, settings, moves: SERVER_MOVES }),
    pool: new PoolService({ db, settings }),
    poolWork: new PoolWork({ db, wakeups, transact, settings }),
    joinTokens: new JoinTokenService({ db, transact, ...config }),
    enrolment: new Enrolment({ db, transact, compute }),
    conversations: new ConversationService({ db, bus, transact, models, quotas }),
    turns: new TurnService({ transact, quotas }),
    approvals: new ApprovalService({ db, transact, quotas }),
    rules: new RuleService({ db, bus, transact }),
    waitingMails: mailing && new WaitingMails({ ...mailing, ...config, db, transact, settings }),
    certificateMails: mailing && new CertificateMails({ ...mailing, ...config, db, transact }),
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
