import { createMetrics } from '@podex/service-kit/metrics';
import { addServiceRoutes } from '@podex/service-kit/service-routes';
import { addAccountRoutes } from '../accounts/account-routes.ts';
import { addAdminTokenRoute } from '../accounts/admin-token-routes.ts';
import { addDeviceRoutes } from '../accounts/device-routes.ts';
import { addInvitationRoutes } from '../accounts/invitation-routes.ts';
import { addJwtRoutes } from '../accounts/jwt-routes.ts';
import type { SignInProvider } from '../accounts/providers/provider.ts';
import { addSessionRoutes } from '../accounts/session-routes.ts';
import { addAuditRoutes } from '../audit/audit-routes.ts';
import type { ApiConfig } from '../config.ts';
import { addApprovalRoutes } from '../conversations/approvals/approval-routes.ts';
import { addConversationRoutes } from '../conversations/conversation-routes.ts';
import { addRuleRoutes } from '../conversations/rules/rule-routes.ts';
import { addTurnWorkRoutes } from '../conversations/turn-work/turn-work-routes.ts';
import { addTurnRoutes } from '../conversations/turns/turn-routes.ts';
import { addDocsRoutes } from '../docs/docs-routes.ts';
import { addEnrolmentRoutes } from '../enrolment/enrolment-routes.ts';
import { addGatewayRoutes } from '../gateway/gateway-routes.ts';
import { addComputeHealthRoute } from '../health/compute-health-routes.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { InternalApp } from '../http/internal-app.ts';
import { createTwoFactorRule } from '../http/two-factor-rule.ts';
import { addLiveRoutes } from '../live/live-routes.ts';
import type { Mailing } from '../mail/mail.ts';
import { addModelRoutes } from '../models/model-routes.ts';
import { addProviderRoutes } from '../models/provider-routes.ts';
import type { AddressOf } from '../network/client-address.ts';
import { addPoolRoutes } from '../pool/pool-routes.ts';
import { addPoolWorkRoutes } from '../pool/pool-work-routes.ts';
import { addPreviewRoutes } from '../previews/preview-routes.ts';
import { addQuotaRoutes } from '../quotas/quota-routes.ts';
import { addServerRoutes } from '../servers/server-routes.ts';
import { addSettingsRoutes } from '../settings/settings-routes.ts';
import { addSshKeyRoutes, addSshSignInRoute } from '../ssh-keys/ssh-key-routes.ts';
import { addTeamRoutes } from '../teams/team-routes.ts';
import { addUsageRoutes } from '../usage/usage-routes.ts';
import { addGitCredentialRoutes, addGitQuestionRoute } from '../workspaces/git/git-credential-routes.ts';
import { addGitSshKeyRoutes } from '../workspaces/git/git-ssh-key-routes.ts';
import { addIdleRoutes, addIdleWorkRoutes } from '../workspaces/idle/idle-routes.ts';
import { addMoveRoutes, addMoveWorkRoutes } from '../workspaces/moves/move-routes.ts';
import {
  addNetworkPolicyRoutes,
  addNetworkPolicyWorkRoutes,
} from '../workspaces/network/network-policy-routes.ts';
import { addSecretRoutes } from '../workspaces/secrets/secret-routes.ts';
import { addSetupRoutes, addSetupWorkRoutes } from '../workspaces/setups/setup-routes.ts';
import { addShareRoutes } from '../workspaces/sharing/share-routes.ts';
import { addServerWorkRoutes } from '../workspaces/work/server-work-routes.ts';
import { addWaitingRoutes } from '../workspaces/work/waiting-routes.ts';
import { addWorkspaceWorkRoutes } from '../workspaces/work/workspace-work-routes.ts';
import { addWorkspaceRoutes } from '../workspaces/workspace-routes.ts';
import type { Parts, Services } from './services.ts';

/** The operations that people and programs call. */
export function addPublicRoutes(
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
  addSshKeyRoutes(app, services.sshKeys);
  addJwtRoutes(app, services.jwts, parts);
  addInvitationRoutes(app, services.invitations, parts);
  addTeamRoutes(app, services.teams);
  addQuotaRoutes(app, services.quotas);
  addUsageRoutes(app, services.usage);
  addSettingsRoutes(app, services.settings, {
    providers: parts.providers.map(({ id, name }) => ({ id, name })),
    mail: parts.mailing?.isDelivered ?? false,
  });
  addWorkspaceRoutes(app, services.workspaces);
  addIdleRoutes(app, services.idleStops);
  addSetupRoutes(app, services.setups);
  addNetworkPolicyRoutes(app, services.networkPolicies);
  addMoveRoutes(app, services.moves);
  addWaitingRoutes(app, services.waiting);
  addShareRoutes(app, services.shares);
  addSecretRoutes(app, services.secrets);
  addGitCredentialRoutes(app, services.gitCredentials, services.githubAccess);
  addGitSshKeyRoutes(app, services.gitSshKeys);
  addConversationRoutes(app, services.conversations);
  addTurnRoutes(app, services.turns);
  addApprovalRoutes(app, services.approvals);
  addRuleRoutes(app, services.rules);
  addModelRoutes(app, services.models);
  addEnrolmentRoutes(app, services, parts);
  addServerRoutes(app, services.servers);
  addPoolRoutes(app, services.pool);
  addAuditRoutes(app, services.audit);
  addLiveRoutes(app, { db, topics: services.topics, logger: parts.logger });
  addPreviewRoutes(app, services.previews);
  addGatewayRoutes(app, services.gateway);
}

/** What the other services call. */
export function addInternalRoutes(internal: InternalApp, services: Services, config: ApiConfig): void {
  addWorkspaceWorkRoutes(internal, services.workspaceWork);
  addIdleWorkRoutes(internal, services.idleStops);
  addGitQuestionRoute(internal, services.gitCredentials, services.gitSshKeys);
  addSshSignInRoute(internal, services.sshKeys);
  addSetupWorkRoutes(internal, services.setups);
  addMoveWorkRoutes(internal, services.moveWork);
  addServerWorkRoutes(internal, services.serverWork);
  addNetworkPolicyWorkRoutes(internal, services.networkPolicies);
  addPoolWorkRoutes(internal, services.poolWork);
  addTurnWorkRoutes(internal, services.turnWork, services.workerPresence);
  addProviderRoutes(internal, config.providers);
  addAdminTokenRoute(internal, services.tokens, config);
}
