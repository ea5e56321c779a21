import { PodexError } from '@podex/contracts/errors';
import type { DaemonSettings } from '@podex/contracts/internal/daemon';

/** What compute told the daemon about the workspace. In memory only: it may hold secrets, and is given again at every start. */
export class Settings {
  #environment: Readonly<Record<string, string>> | undefined;

  replace({ workspace_id, name, env }: DaemonSettings): void {
    this.#environment = { PODEX_WORKSPACE_ID: workspace_id, PODEX_WORKSPACE_NAME: name, ...env };
  }

  get areGiven(): boolean {
    return this.#environment !== undefined;
  }

  /**
   * Variables for every process of the user that starts from now on.
   *
   * @throws PodexError workspace_not_running until they were given: after a restart nothing runs without its secrets.
   */
  get environment(): Readonly<Record<string, string>> {
    if (this.#environment !== undefined) return this.#environment;
    throw new PodexError('workspace_not_running', 'The workspace is starting. Try again in a moment.', {
      status: 'creating',
    });
  }
}
