/** Bus channel: there is something to be done for the warm pool. */
export const POOL_CHANNEL = 'work:pool';
