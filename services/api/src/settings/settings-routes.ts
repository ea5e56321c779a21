import { getRegistration, getSettings, updateSettings } from '@podex/contracts/routes/settings-routes';
import type { Registration } from '@podex/contracts/settings';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { SettingsService } from './settings.ts';

export function addSettingsRoutes(
  app: ApiApp,
  settings: SettingsService,
  offered: Pick<Registration, 'providers' | 'mail'>,
): void {
  app.openapi(getRegistration, (context) => {
    return context.json({ mode: settings.values.registration, ...offered }, 200);
  });

  app.openapi(getSettings, async (context) => context.json(await settings.read(), 200));

  app.openapi(updateSettings, async (context) => {
    return context.json(await settings.update(context.req.valid('json'), callOf(context)), 200);
  });
}
