import { z } from 'zod';

/**
 * Every durable thing has a prefixed, time-ordered id: `<prefix>_` and a ULID in lower case
 * (48 bits of milliseconds, 80 random bits, Crockford base 32: https://github.com/ulid/spec).
 * Ids sort by creation time, so they double as cursors.
 */
const ID_PREFIXES = {
  workspace: 'ws',
  server: 'srv',
  joinToken: 'jtk',
  user: 'usr',
  team: 'team',
  token: 'tok',
  sshKey: 'key',
  gitSshKey: 'gsk',
  invitation: 'inv',
  conversation: 'cnv',
  message: 'msg',
  turn: 'trn',
  step: 'stp',
  toolCall: 'tcl',
  approval: 'apr',
  rule: 'rul',
  terminal: 'trm',
  command: 'cmd',
  move: 'mov',
  upload: 'upl',
  checkpoint: 'ckp',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

function idSchema<const Brand extends string>(kind: IdKind, brand: Brand) {
  const prefix = ID_PREFIXES[kind];
  return z
    .string()
    .max(prefix.length + 27)
    .regex(new RegExp(`^${prefix}_[${CROCKFORD}]{26}$`), `must look like ${prefix}_ and 26 characters`)
    .brand<Brand>()
    .meta({ id: brand, example: `${prefix}_01k9x3v7m4q8r2t6w0y5z1a3b7` });
}

export const workspaceId = idSchema('workspace', 'WorkspaceId');
export const serverId = idSchema('server', 'ServerId');
export const joinTokenId = idSchema('joinToken', 'JoinTokenId');
export const userId = idSchema('user', 'UserId');
export const teamId = idSchema('team', 'TeamId');
export const tokenId = idSchema('token', 'TokenId');
export const sshKeyId = idSchema('sshKey', 'SshKeyId');
export const gitSshKeyId = idSchema('gitSshKey', 'GitSshKeyId');
export const invitationId = idSchema('invitation', 'InvitationId');
export const conversationId = idSchema('conversation', 'ConversationId');
export const messageId = idSchema('message', 'MessageId');
export const turnId = idSchema('turn', 'TurnId');
export const stepId = idSchema('step', 'StepId');
export const toolCallId = idSchema('toolCall', 'ToolCallId');
export const approvalId = idSchema('approval', 'ApprovalId');
export const ruleId = idSchema('rule', 'RuleId');
export const terminalId = idSchema('terminal', 'TerminalId');
export const commandId = idSchema('command', 'CommandId');
export const moveId = idSchema('move', 'MoveId');
export const uploadId = idSchema('upload', 'UploadId');
export const checkpointId = idSchema('checkpoint', 'CheckpointId');

export type WorkspaceId = z.infer<typeof workspaceId>;
export type ServerId = z.infer<typeof serverId>;
export type JoinTokenId = z.infer<typeof joinTokenId>;
export type UserId = z.infer<typeof userId>;
export type TeamId = z.infer<typeof teamId>;
export type TokenId = z.infer<typeof tokenId>;
export type SshKeyId = z.infer<typeof sshKeyId>;
export type GitSshKeyId = z.infer<typeof gitSshKeyId>;
export type InvitationId = z.infer<typeof invitationId>;
export type ConversationId = z.infer<typeof conversationId>;
export type MessageId = z.infer<typeof messageId>;
export type TurnId = z.infer<typeof turnId>;
export type StepId = z.infer<typeof stepId>;
export type ToolCallId = z.infer<typeof toolCallId>;
export type ApprovalId = z.infer<typeof approvalId>;
export type RuleId = z.infer<typeof ruleId>;
export type TerminalId = z.infer<typeof terminalId>;
export type CommandId = z.infer<typeof commandId>;
export type UploadId = z.infer<typeof uploadId>;
export type MoveId = z.infer<typeof moveId>;
export type CheckpointId = z.infer<typeof checkpointId>;

interface IdByKind {
  workspace: WorkspaceId;
  server: ServerId;
  joinToken: JoinTokenId;
  user: UserId;
  team: TeamId;
  token: TokenId;
  sshKey: SshKeyId;
  gitSshKey: GitSshKeyId;
  invitation: InvitationId;
  conversation: ConversationId;
  message: MessageId;
  turn: TurnId;
  step: StepId;
  toolCall: ToolCallId;
  approval: ApprovalId;
  rule: RuleId;
  terminal: TerminalId;
  command: CommandId;
  move: MoveId;
  upload: UploadId;
  checkpoint: CheckpointId;
}

/** A fresh id of the given kind. Ids of one millisecond are ordered at random. */
export function newId<Kind extends IdKind>(kind: Kind, now: number = Date.now()): IdByKind[Kind] {
  let time = '';
  for (let rest = now, place = 0; place < 10; place += 1) {
    time = CROCKFORD.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let random = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) random += CROCKFORD.charAt(byte % 32);
  // The one place where a brand is made; everything else parses.
  return `${ID_PREFIXES[kind]}_${time}${random}` as IdByKind[Kind];
}

/**
 * The command id of a tool call: the same ULID under another prefix. A worker that takes over a turn
 * computes the same id and so attaches to the command that already runs.
 */
export function commandIdOfToolCall(id: ToolCallId): CommandId {
  return commandId.parse(`${ID_PREFIXES.command}_${id.slice(ID_PREFIXES.toolCall.length + 1)}`);
}

/** The checkpoint that the agent makes before the first change of a turn: one for each turn, whichever worker comes to it. */
export function checkpointIdOfTurn(id: TurnId): CheckpointId {
  return checkpointId.parse(`${ID_PREFIXES.checkpoint}_${id.slice(ID_PREFIXES.turn.length + 1)}`);
}
