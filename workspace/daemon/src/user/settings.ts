import type { DaemonSettings } from '@podex/contracts/internal/daemon';

/** What compute told the daemon about the workspace. In memory only: it may hold secrets, and is given again at every start. */
export class Settings {
  #environment: Readonly<Record<string, string>> = {};

  replace({ workspace_id, name, env }: DaemonSettings): void {
    this.#environment = { PODEX_WORKSPACE_ID: workspace_id, PODEX_WORKSPACE_NAME: name, ...env };
  }

  /** Variables for every process of the user that starts from now on. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment;
  }
}
