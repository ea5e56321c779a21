import type { IncomingMessage } from 'node:http';
import type { WorkspaceId } from '@podex/contracts/ids';
import { type HostName, LOOPBACK_HOSTS, parseHost } from '../network/hosts.ts';
import {
  labelOf,
  type PreviewAddresses,
  type PreviewPlace,
  type PreviewTarget,
  placeOf,
} from './preview-addresses.ts';

/** What a `Host` header is, where it is of the domain of previews. */
export type PreviewHost = PreviewPlace | 'unknown';

const LOCAL_DOMAIN = 'preview.localhost';

interface PreviewConfig {
  frontendOrigin: string;
  /** As the operator named it. */
  previewDomain: HostName | undefined;
  /** On which api listens. */
  port: number;
}

/** Every port of every workspace has a host of its own below one domain, so that browsers keep them apart. */
export class PreviewHosts implements PreviewAddresses {
  readonly isOriginShared = false;
  readonly domain: string;
  readonly #scheme: string;
  readonly #port: string;

  private constructor({ domain, scheme, port }: { domain: string; scheme: string; port: string }) {
    this.domain = domain;
    this.#scheme = scheme;
    this.#port = port;
  }

  /** Undefined where no domain leads to previews: they are then not offered. On one machine there is one that needs no setting up. */
  static of({ frontendOrigin, previewDomain, port }: PreviewConfig): PreviewHosts | undefined {
    const page = new URL(frontendOrigin);
    const isLocal = LOOPBACK_HOSTS.includes(page.hostname);
    const domain = previewDomain?.hostname ?? (isLocal ? LOCAL_DOMAIN : undefined);
    if (domain === undefined) return undefined;
    const implied = page.protocol === 'https:' ? '' : String(port);
    return new PreviewHosts({ domain, scheme: page.protocol, port: previewDomain?.port ?? implied });
  }

  get isHttps(): boolean {
    return this.#scheme === 'https:';
  }

  get scheme(): string {
    return this.#scheme.slice(0, -1);
  }

  /** Whether a request is for a host of previews, known or not. */
  claims({ headersDistinct: { host = [] } }: Pick<IncomingMessage, 'headersDistinct'>): boolean {
    return host.some((one) => this.parse(one) !== undefined);
  }

  hostOf(place: PreviewPlace): string {
    return new URL(`${this.#scheme}//${labelOf(place)}.${this.domain}:${this.#port}`).host;
  }

  originOf(place: PreviewPlace): string {
    return `${this.#scheme}//${this.hostOf(place)}`;
  }

  prefixOf(): string {
    return '';
  }

  find({
    headers: { host = '' },
    url: path = '/',
  }: Pick<IncomingMessage, 'headers' | 'url'>): PreviewTarget | undefined {
    const place = this.parse(host);
    return typeof place === 'object' ? { place, path } : undefined;
  }

  elsewhere(): undefined {
    return undefined;
  }

  /**
   * Undefined for what has nothing to do with previews. Only the name counts: through which port a browser came is a proxy’s business, and
   * what is sent back is made from the settings.
   */
  parse(host: string): PreviewHost | undefined {
    const parsed = parseHost(host);
    if (parsed === undefined) return undefined;
    const { hostname } = parsed;
    if (hostname !== this.domain && !hostname.endsWith(`.${this.domain}`)) return undefined;
    const place = placeOf(hostname.slice(0, -this.domain.length - 1));
    // To a browser a name with a dot at its end is another host, with other cookies.
    return place === undefined || /\.(:\d+)?$/.test(host) ? 'unknown' : place;
  }

  isOfWorkspace(origin: string, id: WorkspaceId): boolean {
    const url = URL.parse(origin);
    if (url === null) return false;
    const place = this.parse(url.host);
    return typeof place === 'object' && place.workspaceId === id && this.originOf(place) === origin;
  }
}
