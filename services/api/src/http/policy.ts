import type { TeamRole, WorkspaceRelation } from '@podex/contracts/access';
import type { TokenScope, UserRole } from '@podex/contracts/accounts';
import type { WorkspaceResource } from '../access/relation-store.ts';

/** What the request’s path must name, and what the person must at least be to it. */
export type Relation =
  | { to: WorkspaceResource; atLeast: WorkspaceRelation }
  | { to: 'team'; atLeast: TeamRole };

/**
 * Who may call an operation, or send a message: anyone, or a signed-in person (route × role × relation) whose credential has one of
 * the scopes. A session has every scope that its user may have; `admin` is good for all of them. A token that is limited to some
 * workspaces is good for what names one of them, and for what is `forLimited`: it shows those alone, or nothing of any.
 */
export type Policy =
  | { access: 'anyone'; knowsActor: boolean }
  | { access: UserRole; scopes: readonly TokenScope[]; relation?: Relation; forLimited?: true };

const anyone: Policy = { access: 'anyone', knowsActor: false };
/** Anyone may ask; who is signed in is told more. */
const anyoneKnown: Policy = { access: 'anyone', knowsActor: true };

/** What every credential is good for. */
const EVERY_SCOPE: readonly TokenScope[] = ['read', 'workspaces', 'agent', 'approve', 'account'];

const user = (...scopes: TokenScope[]): Policy => ({ access: 'user', scopes });
const alsoLimited = (...scopes: TokenScope[]): Policy => ({ access: 'user', scopes, forLimited: true });
const admin: Policy = { access: 'admin', scopes: ['admin'] };

const to =
  (resource: WorkspaceResource, ...scopes: TokenScope[]) =>
  (atLeast: WorkspaceRelation) =>
    ({ access: 'user', scopes, relation: { to: resource, atLeast } }) as const satisfies Policy;
const readsWorkspace = to('workspace', 'read', 'workspaces')('viewer');
const readsWorkspaceAsEditor = to('workspace', 'read', 'workspaces')('editor');
const knowsWorkspace = to('workspace', 'read', 'workspaces', 'agent')('viewer');
const changesWorkspace = to('workspace', 'workspaces');
const readsConversation = to('conversation', 'read', 'agent')('viewer');
const managesConversation = to('conversation', 'agent')('editor');
const inTeam = (atLeast: TeamRole, ...scopes: TokenScope[]): Policy => ({
  access: 'user',
  scopes: scopes.length === 0 ? ['account'] : scopes,
  relation: { to: 'team', atLeast },
});

/** Every public operation by its operationId. An operation without a row here does not exist. */
export const POLICY: Readonly<Record<string, Policy>> = {
  getHealth: anyone,
  getReady: anyone,
  getComputeHealth: anyoneKnown,

  getRegistration: anyone,
  lookUpInvitation: anyone,
  getMe: alsoLimited(...EVERY_SCOPE),
  deleteMe: user('account'),
  createToken: user('account'),
  listTokens: user('account'),
  deleteToken: user('account'),
  // Who has a token can always end it.
  deleteCurrentToken: alsoLimited(...EVERY_SCOPE),
  createJwt: alsoLimited('workspaces', 'agent', 'approve', 'account'),
  getJwks: anyone,
  createDeviceCode: anyone,
  pollDeviceToken: anyone,
  getDeviceRequest: user('account'),
  decideDeviceRequest: user('account'),
  listSessions: user('account'),
  deleteSession: user('account'),
  deleteSessions: user('account'),

  addSshKey: user('account'),
  listSshKeys: user('read', 'workspaces', 'account'),
  deleteSshKey: user('account'),

  createTeam: user('account'),
  listTeams: user('read', 'workspaces', 'account'),
  getTeam: inTeam('viewer', 'read', 'workspaces', 'account'),
  updateTeam: inTeam('admin'),
  deleteTeam: inTeam('owner'),
  listTeamMembers: inTeam('viewer', 'read', 'account'),
  addTeamMember: inTeam('admin'),
  updateTeamMember: inTeam('admin'),
  removeTeamMember: inTeam('admin'),
  leaveTeam: inTeam('viewer'),

  createWorkspace: user('workspaces'),
  listRegions: user('read', 'workspaces'),
  listWorkspaces: alsoLimited('read', 'workspaces', 'agent'),
  getWorkspace: knowsWorkspace,
  updateWorkspace: changesWorkspace('editor'),
  deleteWorkspace: changesWorkspace('owner'),
  startWorkspace: changesWorkspace('terminal'),
  stopWorkspace: changesWorkspace('editor'),
  pauseWorkspace: changesWorkspace('editor'),
  keepAliveWorkspace: changesWorkspace('terminal'),
  getNetworkPolicy: readsWorkspace,
  // What its people can send out of it, and what comes in.
  setNetworkPolicy: changesWorkspace('owner'),
  getRebuild: readsWorkspace,
  rebuildWorkspace: changesWorkspace('editor'),
  retrySetup: changesWorkspace('editor'),
  // It decides who gets in, as shares do.
  transferWorkspace: to('workspace', 'account')('owner'),
  leaveWorkspace: to('workspace', 'account')('viewer'),
  listShares: to('workspace', 'read', 'workspaces', 'account')('viewer'),
  createShare: to('workspace', 'account')('owner'),
  updateShare: to('workspace', 'account')('owner'),
  deleteShare: to('workspace', 'account')('owner'),

  listFiles: readsWorkspace,
  readFile: readsWorkspace,
  writeFile: changesWorkspace('editor'),
  editFile: changesWorkspace('editor'),
  previewEdit: changesWorkspace('editor'),
  previewReplace: changesWorkspace('editor'),
  replaceInFiles: changesWorkspace('editor'),
  deleteFile: changesWorkspace('editor'),
  moveFile: changesWorkspace('editor'),
  makeDirectory: changesWorkspace('editor'),
  downloadArchive: readsWorkspace,
  downloadZip: readsWorkspace,
  trashFile: changesWorkspace('editor'),
  listTrash: readsWorkspace,
  restoreFile: changesWorkspace('editor'),
  emptyTrash: changesWorkspace('editor'),
  createUpload: changesWorkspace('editor'),
  getUpload: readsWorkspace,
  appendUpload: changesWorkspace('editor'),
  finishUpload: changesWorkspace('editor'),
  cancelUpload: changesWorkspace('editor'),
  search: readsWorkspace,
  watchFiles: readsWorkspace,
  getDiskUse: readsWorkspace,
  listCheckpoints: readsWorkspace,
  createCheckpoint: changesWorkspace('editor'),
  // Checkpoints hold what was deleted, perhaps before the workspace was shared.
  compareCheckpoint: readsWorkspaceAsEditor,
  compareCheckpointFile: readsWorkspaceAsEditor,
  restoreCheckpoint: changesWorkspace('editor'),
  deleteCheckpoint: changesWorkspace('editor'),
  runCommand: changesWorkspace('terminal'),
  getCommand: readsWorkspace,
  getCommandOutput: readsWorkspace,
  killCommand: changesWorkspace('terminal'),
  listGitRepositories: readsWorkspace,
  getGitStatus: readsWorkspace,
  getGitDiff: readsWorkspace,
  getGitLog: readsWorkspace,
  listGitBranches: readsWorkspace,
  listGitStashes: readsWorkspace,
  stageGitChanges: changesWorkspace('editor'),
  unstageGitChanges: changesWorkspace('editor'),
  discardGitChanges: changesWorkspace('editor'),
  commitGitChanges: changesWorkspace('editor'),
  pushGitBranch: changesWorkspace('editor'),
  pullGitBranch: changesWorkspace('editor'),
  fetchGitRemotes: changesWorkspace('editor'),
  checkOutGitBranch: changesWorkspace('editor'),
  stashGitChanges: changesWorkspace('editor'),
  abortGitOperation: changesWorkspace('editor'),
  createTerminal: changesWorkspace('terminal'),
  listTerminals: readsWorkspace,
  renameTerminal: changesWorkspace('terminal'),
  closeTerminal: changesWorkspace('terminal'),
  // Who may not type watches: MESSAGES.
  attachTerminal: readsWorkspace,
  // It writes files as well.
  openSsh: changesWorkspace('editor'),
  getSshHostKey: readsWorkspace,

  listPorts: readsWorkspace,
  updatePort: changesWorkspace('editor'),
  createPreviewLink: changesWorkspace('editor'),
  revokePreviewLinks: changesWorkspace('editor'),
  authorizePreview: changesWorkspace('viewer'),

  createConversation: to('workspace', 'agent')('editor'),
  listConversations: to('workspace', 'read', 'agent')('viewer'),
  getConversation: readsConversation,
  getTranscript: readsConversation,
  updateConversation: managesConversation,
  deleteConversation: managesConversation,
  createMessage: managesConversation,
  streamConversationEvents: readsConversation,
  cancelTurn: to('turn', 'agent')('editor'),
  wakeTurn: to('turn', 'agent')('editor'),
  listApprovals: alsoLimited('read', 'agent', 'approve'),
  resolveApproval: to('approval', 'agent', 'approve')('editor'),
  listConversationRules: to('conversation', 'read', 'agent', 'approve')('viewer'),
  createConversationRule: to('conversation', 'agent', 'approve')('editor'),
  deleteConversationRule: to('conversation', 'agent', 'approve')('editor'),
  listWorkspaceRules: to('workspace', 'read', 'agent', 'approve')('viewer'),
  createWorkspaceRule: to('workspace', 'agent', 'approve')('editor'),
  deleteWorkspaceRule: to('workspace', 'agent', 'approve')('editor'),
  listOwnRules: user('account'),
  createOwnRule: user('account'),
  deleteOwnRule: user('account'),
  listModels: alsoLimited('read', 'workspaces', 'agent'),

  listSecrets: user('account'),
  getSecret: user('account'),
  setSecret: user('account'),
  deleteSecret: user('account'),
  listGitCredentials: user('account'),
  setGitCredential: user('account'),
  deleteGitCredential: user('account'),
  getGithubAccess: user('account'),
  addGitSshKey: user('account'),
  listGitSshKeys: user('account'),
  deleteGitSshKey: user('account'),
  acceptGitHostKey: user('account'),
  forgetGitHostKey: user('account'),
  deleteGithubAccess: user('account'),
  listTeamSecrets: inTeam('member'),
  getTeamSecret: inTeam('member'),
  setTeamSecret: inTeam('admin'),
  deleteTeamSecret: inTeam('admin'),
  listWorkspaceSecrets: changesWorkspace('editor'),
  getWorkspaceSecret: changesWorkspace('editor'),
  setWorkspaceSecret: changesWorkspace('editor'),
  deleteWorkspaceSecret: changesWorkspace('editor'),
  rotateSecrets: admin,

  openLive: alsoLimited('read', 'workspaces', 'agent'),

  createServer: admin,
  listServers: admin,
  getCapacity: admin,
  getPool: admin,
  getServer: admin,
  updateServer: admin,
  deleteServer: admin,
  checkServer: admin,
  drainServer: admin,
  activateServer: admin,
  listWaitingWorkspaces: admin,
  moveWorkspace: admin,
  getMove: admin,
  cancelMove: admin,
  listServerMoves: admin,
  listServerWorkspaces: admin,
  createJoinToken: admin,
  renewServer: admin,
  listJoinTokens: admin,
  deleteJoinToken: admin,
  // The token is the credential.
  lookUpJoinToken: anyone,
  joinServer: anyone,
  listQuotas: user('read', 'account'),
  listUsage: user('read', 'account'),
  listAllUsage: admin,
  getUserQuotas: admin,
  updateUserQuotas: admin,
  getTeamQuotas: admin,
  updateTeamQuotas: admin,
  getSettings: admin,
  updateSettings: admin,
  listUsers: admin,
  getUser: admin,
  updateUser: admin,
  deleteUser: admin,
  signOutUser: admin,
  resetUserPassword: admin,
  createInvitation: admin,
  listInvitations: admin,
  deleteInvitation: admin,
  listAllTeams: admin,
  listAudit: admin,
  exportAudit: admin,
  verifyAudit: admin,
};

/** Messages on WebSockets that need more than the handshake did, or name something: subscriptions of the live socket by their topic. */
export const MESSAGES = {
  'terminal.input': changesWorkspace('terminal'),
  'terminal.resize': changesWorkspace('terminal'),
  'live.subscribe user': user('read', 'workspaces', 'agent'),
  'live.subscribe workspace': knowsWorkspace,
  'live.subscribe conversation': readsConversation,
  'live.subscribe servers': admin,
} as const satisfies Record<string, Policy>;

/** Whether an operation inside a workspace only reads. */
export function accessOf(operation: string): 'read' | 'write' {
  const policy = POLICY[operation];
  return policy !== undefined && policy.access !== 'anyone' && policy.scopes.includes('read')
    ? 'read'
    : 'write';
}
