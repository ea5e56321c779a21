import type { IncomingMessage } from 'node:http';
import type { WorkspaceId } from '@podex/contracts/ids';
import { parseHost } from '../network/hosts.ts';
import {
  labelOf,
  type PreviewAddresses,
  type PreviewPlace,
  type PreviewTarget,
  placeOf,
} from './preview-addresses.ts';

const LABELLED = /^\/([^/?#]+)(.*)$/s;

/**
 * All previews below one origin, told apart by the first part of the path: for where no wildcard domain leads to api. The origin is the
 * page’s host at a port of its own. Cookies know no ports, so what other services of that host set there goes to programs as well.
 */
export class PreviewPaths implements PreviewAddresses {
  readonly isOriginShared = true;
  readonly #origin: URL;

  private constructor(origin: URL) {
    this.#origin = origin;
  }

  /** Undefined where the operator named no port. */
  static of({
    frontendOrigin,
    previewPort,
  }: {
    frontendOrigin: string;
    previewPort: number | undefined;
  }): PreviewPaths | undefined {
    if (previewPort === undefined) return undefined;
    const origin = new URL(frontendOrigin);
    origin.port = String(previewPort);
    return new PreviewPaths(origin);
  }

  get isHttps(): boolean {
    return this.#origin.protocol === 'https:';
  }

  get scheme(): string {
    return this.#origin.protocol.slice(0, -1);
  }

  hostOf(): string {
    return this.#origin.host;
  }

  originOf(): string {
    return this.#origin.origin;
  }

  prefixOf(place: PreviewPlace): string {
    return `/${labelOf(place)}`;
  }

  find({
    headers: { host = '' },
    url = '/',
  }: Pick<IncomingMessage, 'headers' | 'url'>): PreviewTarget | undefined {
    const [, label = '', path = ''] = LABELLED.exec(url) ?? [];
    const place = placeOf(label);
    if (!this.#isOwnHost(host) || place === undefined || !path.startsWith('/')) return undefined;
    return { place, path };
  }

  /** Programs ask for `/style.css` where they think that they are alone: the page that asks for it says of which one it is. */
  elsewhere({
    headers: { host = '', referer = '' },
    url = '/',
    method,
  }: Pick<IncomingMessage, 'headers' | 'url' | 'method'>): string | undefined {
    if (!this.#isOwnHost(host) || (method !== 'GET' && method !== 'HEAD')) return undefined;
    const [, label = '', rest = ''] = LABELLED.exec(url) ?? [];
    if (placeOf(label) !== undefined) return `/${label}/${rest}`;
    const from = URL.parse(referer);
    const [, asking = ''] = from?.origin === this.#origin.origin ? (LABELLED.exec(from.pathname) ?? []) : [];
    return placeOf(asking) === undefined || !url.startsWith('/') ? undefined : `/${asking}${url}`;
  }

  /** All have one origin: this keeps out other sites, and no preview. */
  isOfWorkspace(origin: string, _id: WorkspaceId): boolean {
    return origin === this.#origin.origin;
  }

  /** A name of somebody else’s that leads here (DNS rebinding) gets nothing. Which port a browser used is a proxy’s business. */
  #isOwnHost(host: string): boolean {
    return parseHost(host)?.hostname === this.#origin.hostname;
  }
}
