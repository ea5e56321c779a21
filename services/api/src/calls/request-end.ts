/** Why api ends a connection. */
export type EndReason =
  | 'credential_ended'
  | 'rights_changed'
  | 'two_factor_required'
  | 'workspace_gone'
  | 'not_verified';

/** Set by a route whose response can say why it ends. */
export interface RequestEnd {
  /** Replaces cutting the connection, which still happens when the response has not ended soon after. */
  farewell: ((reason: EndReason) => void) | undefined;
}
