import type { providerSettings } from '@podex/contracts/internal/turns';
import type { z } from 'zod';
import type { ApiConfig } from '../config.ts';
import type { InternalApp } from '../http/internal-app.ts';

/** Provider keys that the operator has set on api only, for agent. */
export function addProviderRoutes(app: InternalApp, providers: ApiConfig['providers']): void {
  const settings: z.infer<typeof providerSettings> = {
    default_provider: providers.defaultProvider,
    openrouter_api_key: providers.openrouterApiKey,
  };
  app.get('/internal/providers', (context) => context.json(settings));
}
