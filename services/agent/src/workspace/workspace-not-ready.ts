import type { PodexError } from '@podex/contracts/errors';

/** The workspace starts, or can’t be reached for the moment: the turn is released until it can. */
export class WorkspaceNotReady extends Error {
  constructor(cause: PodexError) {
    super(cause.message, { cause });
    this.name = 'WorkspaceNotReady';
  }
}
