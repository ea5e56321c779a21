import type { TwoFactorRule } from '../http/two-factor-rule.ts';
import type { AddressOf } from '../network/client-address.ts';
import { sharesSite } from '../network/preview-domain.ts';
import { OpenPreviews } from '../previews/open-previews.ts';
import { PortTunnels } from '../previews/port-tunnel.ts';
import { PreviewAdmission } from '../previews/preview-admission.ts';
import { PreviewFront } from '../previews/preview-front.ts';
import type { SettingsService } from '../settings/settings.ts';
import type { Parts, Services } from './services.ts';

/** The hosts of previews; undefined where there are none. */
export function createPreviewFront({
  config,
  services,
  settings,
  twoFactor,
  addressOf,
  ...parts
}: Parts & {
  services: Services;
  settings: SettingsService;
  twoFactor: TwoFactorRule;
  addressOf: AddressOf;
}): PreviewFront | undefined {
  const { previewHosts: hosts, previewGrants: grants, sign, registry } = services;
  if (hosts === undefined) return undefined;
  const { bus, background, logger } = parts;
  if (sharesSite(hosts.domain, config.frontendOrigin)) {
    logger.warn({ domain: hosts.domain }, 'previews.domain_shares_site');
  }
  const { db } = parts.database;
  const open = new OpenPreviews({ db, bus, registry, settings, background, logger });
  open.start();
  const pageOrigin = config.frontendOrigin;
  return new PreviewFront({
    db,
    hosts,
    admission: new PreviewAdmission({ db, hosts, grants, settings, twoFactor, pageOrigin }),
    tunnels: new PortTunnels({ compute: config.compute, sign }),
    open,
    addressOf,
    pageOrigin,
    logger,
  });
}
