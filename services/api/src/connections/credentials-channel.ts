/**
 * Bus channel: after a commit that ends or narrows what a session or token may do (revoked, signed out, another role, a workspace
 * that is gone). Every process then looks at the credentials of its open connections.
 */
export const CREDENTIALS_CHANNEL = 'credentials';
