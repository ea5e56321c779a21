/** Bus channel: the servers are not registered as they were, or something is to be done on one. */
export const SERVER_WORK_CHANNEL = 'work:servers';
