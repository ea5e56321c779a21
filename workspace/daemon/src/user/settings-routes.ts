import { PodexError } from '@podex/contracts/errors';
import { type DaemonBuild, daemonSettings } from '@podex/contracts/internal/daemon';
import { type Route, readJson } from '../http/router.ts';
import type { Settings } from './settings.ts';
import { isVariable } from './user-environment.ts';

/** Secrets of all owners together, where JSON needs six bytes for many of theirs. */
const MAX_SETTINGS_BYTES = 8_388_608;

export interface SettingsRoutesOptions {
  settings: Settings;
  readBuild: () => DaemonBuild;
  /** Whether the daemon began with an empty storage. */
  hasNewStorage: boolean;
  /** Called after each change: the workspace is about to be used. */
  onChange: () => void;
}

export function settingsRoutes({
  settings,
  readBuild,
  hasNewStorage,
  onChange,
}: SettingsRoutesOptions): Route[] {
  return [
    {
      method: 'PUT',
      path: '/settings',
      async answer({ request }) {
        const given = await readJson(request, daemonSettings, MAX_SETTINGS_BYTES);
        const wrong = Object.entries(given.env).find(([name, value]) => !isVariable(name, value));
        if (wrong) throw new PodexError('invalid_request', `${wrong[0]} cannot be a variable.`, {});
        const taken = { has_new_storage: hasNewStorage && !settings.areGiven, daemon: readBuild() };
        settings.replace(given);
        onChange();
        return { status: 200, body: taken };
      },
    },
  ];
}
