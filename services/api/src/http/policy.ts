import type { TokenScope, UserRole } from '@podex/contracts/accounts';

/**
 * Who may call an operation: `anyone`, or a signed-in `user` (what is theirs) or `admin`; and what a bearer token must be good for.
 * A session has the widest scope of its user.
 */
export type Policy = { access: 'anyone'; knowsActor: boolean } | { access: UserRole; scope: TokenScope };

const anyone: Policy = { access: 'anyone', knowsActor: false };
/** Anyone may ask; who is signed in is told more. */
const anyoneKnown: Policy = { access: 'anyone', knowsActor: true };
const reads: Policy = { access: 'user', scope: 'read' };
const writes: Policy = { access: 'user', scope: 'write' };
const administers: Policy = { access: 'admin', scope: 'admin' };

/** Every public operation by its operationId. An operation without a row here does not exist. */
export const POLICY: Readonly<Record<string, Policy>> = {
  getHealth: anyone,
  getReady: anyone,
  getComputeHealth: anyoneKnown,

  getRegistration: anyone,
  lookUpInvitation: anyone,
  getMe: reads,
  createToken: writes,
  listTokens: reads,
  deleteToken: writes,

  createWorkspace: writes,
  listWorkspaces: reads,
  getWorkspace: reads,
  updateWorkspace: writes,
  deleteWorkspace: writes,
  startWorkspace: writes,
  stopWorkspace: writes,

  listFiles: reads,
  readFile: reads,
  writeFile: writes,
  editFile: writes,
  deleteFile: writes,
  moveFile: writes,
  makeDirectory: writes,
  search: reads,
  runCommand: writes,
  getCommand: reads,
  getCommandOutput: reads,
  killCommand: writes,
  createTerminal: writes,
  listTerminals: reads,
  closeTerminal: writes,
  // A GET, but who is attached can type.
  attachTerminal: writes,

  createConversation: writes,
  listConversations: reads,
  getConversation: reads,
  updateConversation: writes,
  deleteConversation: writes,
  createMessage: writes,
  streamConversationEvents: reads,
  cancelTurn: writes,
  listApprovals: reads,
  resolveApproval: writes,
  listModels: reads,

  openLive: reads,

  createServer: administers,
  listServers: administers,
  getCapacity: administers,
  getServer: administers,
  updateServer: administers,
  deleteServer: administers,
  checkServer: administers,
  drainServer: administers,
  activateServer: administers,
  getSettings: administers,
  updateSettings: administers,
  createInvitation: administers,
  listInvitations: administers,
  deleteInvitation: administers,
  listAudit: administers,
  exportAudit: administers,
  verifyAudit: administers,
};

/** Whether an operation only reads. */
export function accessOf(operation: string): 'read' | 'write' {
  const policy = POLICY[operation];
  return policy !== undefined && policy.access !== 'anyone' && policy.scope === 'read' ? 'read' : 'write';
}

const SCOPE_RANK: Readonly<Record<TokenScope, number>> = { read: 0, write: 1, admin: 2 };

/** Whether a token that is good for `held` is good for `needed`. */
export function coversScope(held: TokenScope, needed: TokenScope): boolean {
  return SCOPE_RANK[held] >= SCOPE_RANK[needed];
}
