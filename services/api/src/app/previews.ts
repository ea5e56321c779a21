import type { IncomingMessage } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { HttpServerOptions } from '@podex/service-kit/http-server';
import type { TwoFactorRule } from '../http/two-factor-rule.ts';
import type { AddressOf } from '../network/client-address.ts';
import { sharesSite } from '../network/preview-domain.ts';
import { OpenPreviews } from '../previews/open-previews.ts';
import { PortTunnels } from '../previews/port-tunnel.ts';
import { PreviewAdmission } from '../previews/preview-admission.ts';
import { PreviewFront } from '../previews/preview-front.ts';
import { PreviewHosts } from '../previews/preview-hosts.ts';
import type { SettingsService } from '../settings/settings.ts';
import type { Parts, Services } from './services.ts';

/** What a server of its own needs, at a port where nothing of api is. */
export type PreviewServer = Required<Pick<HttpServerOptions, 'port' | 'fetch' | 'onUpgrade'>>;

export interface Previews {
  front: PreviewFront;
  /** Of what comes to api’s own port. */
  isFor(request: IncomingMessage): boolean;
  /** Undefined where previews have hosts of their own, at api’s port. */
  server: PreviewServer | undefined;
}

/** Undefined where previews are not set up. */
export function createPreviews({
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
}): Previews | undefined {
  const { previewAddresses: addresses, previewGrants: grants, sign, registry } = services;
  if (addresses === undefined) return undefined;
  const { bus, background, logger } = parts;
  if (addresses.isOriginShared) logger.warn({ port: config.previewPort }, 'previews.origin_shared');
  const hosts = addresses instanceof PreviewHosts ? addresses : undefined;
  if (hosts !== undefined && sharesSite(hosts.domain, config.frontendOrigin)) {
    logger.warn({ domain: hosts.domain }, 'previews.domain_shares_site');
  }
  const { db } = parts.database;
  const open = new OpenPreviews({ db, bus, registry, settings, background, logger });
  open.start();
  const pageOrigin = config.frontendOrigin;
  const front = new PreviewFront({
    db,
    addresses,
    admission: new PreviewAdmission({ db, addresses, grants, settings, twoFactor, pageOrigin }),
    tunnels: new PortTunnels({ compute: config.compute, sign }),
    open,
    addressOf,
    pageOrigin,
    logger,
  });
  return {
    front,
    isFor: (request) => hosts?.claims(request) ?? false,
    server: config.previewPort === undefined ? undefined : serverOf(front, config.previewPort),
  };
}

function serverOf(front: PreviewFront, port: number): PreviewServer {
  return {
    port,
    fetch: (_request, { incoming, outgoing }) =>
      front.handle(incoming, outgoing).then(() => RESPONSE_ALREADY_SENT),
    onUpgrade: (request, socket, head) => front.upgrade(request, socket, head),
  };
}
