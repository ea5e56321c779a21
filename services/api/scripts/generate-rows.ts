import path from 'node:path';
import { Cli } from 'kysely-codegen';
import { TestPostgres } from '../testing/postgres.ts';

const OUT_FILE = path.join(import.meta.dirname, '../src/database/generated/rows.ts');

const contracts = (file: string, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, `@podex/contracts/${file}`]));

/** Columns whose type the database cannot tell: ids, closed lists of words, and what stands in jsonb. */
const COLUMNS = {
  'user.id': 'UserId',
  'user.role': 'UserRole',
  'user.suspended_by': 'UserId | null',
  'token.id': 'TokenId',
  'token.user_id': 'UserId',
  'token.scopes': 'TokenScope[]',
  'token.workspace_ids': 'WorkspaceId[] | null',
  'team.id': 'TeamId',
  'team.created_by': 'UserId | null',
  'team_member.team_id': 'TeamId',
  'team_member.user_id': 'UserId',
  'team_member.role': 'TeamRole',
  'workspace.team_id': 'TeamId | null',
  'workspace_share.workspace_id': 'WorkspaceId',
  'workspace_share.user_id': 'UserId',
  'workspace_share.role': 'ShareRole',
  'workspace_share.shared_by': 'UserId | null',
  'device_request.scope': 'ScopePreset',
  'device_request.decision': 'DeviceDecision | null',
  'device_request.decided_by': 'UserId | null',
  'session.user_id': 'UserId',
  'signing_key.public_jwk': 'ColumnType<PublicJwk, string, string>',
  'idempotency_key.user_id': 'UserId',
  'server.id': 'ServerId',
  'join_token.id': 'JoinTokenId',
  'join_token.server_id': 'ServerId | null',
  'join_token.created_by': 'UserId',
  'join_token.labels': 'ColumnType<Record<string, string> | null, string | null | undefined, string | null>',
  'server.admin_status': "Generated<'active' | 'draining' | 'maintenance'>",
  'server.observed_status': "Generated<'pending' | 'ready' | 'unreachable' | 'unfit'>",
  'server.checks': 'ColumnType<ServerCheck[], string | undefined, string>',
  'server.labels': 'ColumnType<Record<string, string>, string | undefined, string>',
  'server.progress': 'ColumnType<ServerCheck[] | null, string | null | undefined, string | null>',
  'server.facts': 'ColumnType<ServerFacts | null, string | null | undefined, string | null>',
  'workspace.id': 'WorkspaceId',
  'workspace.owner_id': 'UserId',
  'workspace.size': 'WorkspaceSize',
  'workspace.placed_size': 'WorkspaceSize | null',
  'workspace.env': 'ColumnType<Record<string, string>, string | undefined, string>',
  'workspace.desired_status': 'Generated<DesiredStatus>',
  'workspace.status': 'Generated<WorkspaceStatus>',
  'workspace.server_id': 'ServerId | null',
  'workspace.region_match': 'Generated<RegionMatch>',
  'workspace.required_labels': 'ColumnType<RequiredLabels, string | undefined, string>',
  'workspace.started_from': 'StartedFrom | null',
  'pool.size': 'Generated<WorkspaceSize>',
  'pool.failed_server_id': 'ServerId | null',
  'pool_slot.server_id': 'ServerId',
  'pool_slot.size': 'WorkspaceSize',
  'pool_slot.status': 'Generated<SlotStatus>',
  'workspace.interruption_cause': "'ended' | 'hung' | null",
  'workspace.setup_step': 'SetupStep | null',
  'workspace.setup_status': 'SetupStatus | null',
  'workspace.setup_command_id': 'CommandId | null',
  'workspace.held_by_move': 'MoveId | null',
  'workspace_move.id': 'MoveId',
  'workspace_move.workspace_id': 'WorkspaceId',
  'workspace_move.from_server': 'ServerId | null',
  'workspace_move.to_server': 'ServerId | null',
  'workspace_move.status': "Generated<Exclude<MoveStatus, 'waiting'>>",
  'workspace_move.outcome': "'done' | 'failed' | 'cancelled' | null",
  'conversation.id': 'ConversationId',
  'conversation.workspace_id': 'WorkspaceId',
  'conversation.mode': 'AgentMode',
  'turn.id': 'TurnId',
  'turn.conversation_id': 'ConversationId',
  'turn.status': 'Generated<TurnStatus>',
  'message.id': 'MessageId',
  'message.turn_id': 'TurnId',
  'step.id': 'StepId',
  'step.turn_id': 'TurnId',
  'step.status': "Generated<'thinking' | 'acting' | 'finished'>",
  'step.assistant': 'ColumnType<AssistantPart[], string | undefined, string>',
  'tool_call.id': 'ToolCallId',
  'tool_call.step_id': 'StepId',
  'tool_call.input': 'ColumnType<Record<string, unknown>, string, string>',
  'tool_call.status': "Generated<ToolCallState['status']>",
  'approval.id': 'ApprovalId',
  'approval.conversation_id': 'ConversationId',
  'approval.workspace_id': 'WorkspaceId',
  'approval.turn_id': 'TurnId',
  'approval.tool_call_id': 'ToolCallId',
  'approval.input': 'ColumnType<Record<string, unknown>, string, string>',
  'approval.preview': 'ColumnType<ApprovalPreview | null, string | null, string | null>',
  'approval.status': "Generated<Approval['status']>",
  'approval.resolved_by': 'UserId | null',
  'platform_setting.value': 'ColumnType<unknown, string, string>',
  'platform_setting.updated_by': 'UserId | null',
  'invitation.id': 'InvitationId',
  'invitation.role': 'UserRole',
  'invitation.invited_by': 'UserId | null',
  'event.body': 'ColumnType<EventBody, string, never>',
  'audit_entry.action': 'AuditAction',
  'audit_entry.result': 'AuditResult',
  'audit_entry.actor_kind': 'AuditActorKind',
  'audit_entry.credential_kind': 'AuditCredentialKind | null',
  'audit_entry.target_kind': 'AuditTargetKind | null',
  'audit_entry.details': 'ColumnType<AuditDetails, string, never>',
};

/**
 * Writes the row types of the database’s present schema; with `verify` it writes nothing and throws when the committed ones differ.
 * The database must be migrated.
 */
export async function generateRows(options: { databaseUrl: string; verify: boolean }): Promise<void> {
  await new Cli().generate({
    url: options.databaseUrl,
    dialect: 'postgres',
    outFile: OUT_FILE,
    verify: options.verify,
    logLevel: 'silent',
    numericParser: 'number',
    excludePattern: 'public.kysely_migration*',
    // The pool reads bigint as a number.
    typeMapping: { int8: 'number' },
    overrides: { columns: COLUMNS },
    customImports: {
      ...contracts('access', 'ShareRole', 'TeamRole'),
      ...contracts('accounts', 'ScopePreset', 'TokenScope', 'UserRole'),
      ...contracts(
        'audit',
        'AuditAction',
        'AuditActorKind',
        'AuditCredentialKind',
        'AuditDetails',
        'AuditResult',
      ),
      ...contracts('audit', 'AuditTargetKind'),
      ...contracts('conversations', 'AgentMode', 'Approval', 'ApprovalPreview', 'TurnStatus'),
      ...contracts('devices', 'DeviceDecision'),
      ...contracts('events', 'EventBody'),
      ...contracts('jwts', 'PublicJwk'),
      ...contracts(
        'ids',
        'ApprovalId',
        'CommandId',
        'ConversationId',
        'InvitationId',
        'MessageId',
        'MoveId',
        'ServerId',
        'JoinTokenId',
        'StepId',
      ),
      ...contracts('ids', 'TeamId', 'TokenId', 'ToolCallId', 'TurnId', 'UserId', 'WorkspaceId'),
      ...contracts('internal/pool', 'SlotStatus'),
      ...contracts('internal/turns', 'AssistantPart', 'ToolCallState'),
      ...contracts('moves', 'MoveStatus'),
      ...contracts('placement', 'RegionMatch', 'RequiredLabels'),
      ...contracts('servers', 'ServerCheck', 'ServerFacts'),
      ...contracts(
        'workspaces',
        'DesiredStatus',
        'SetupStatus',
        'SetupStep',
        'StartedFrom',
        'WorkspaceSize',
        'WorkspaceStatus',
      ),
    },
  });
}

/** By hand: a PostgreSQL of its own, migrated, is where the schema is read from. `--check` only compares. */
if (import.meta.main) {
  const postgres = await TestPostgres.start();
  try {
    const databaseUrl = await postgres.createDatabase();
    await generateRows({ databaseUrl, verify: process.argv.includes('--check') });
  } finally {
    await postgres.stop();
  }
}
