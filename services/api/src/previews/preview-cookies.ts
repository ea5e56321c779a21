import type { IncomingMessage } from 'node:http';
import { LOOPBACK_HOSTS } from '../network/hosts.ts';
import type { PreviewAddresses, PreviewPlace } from './preview-addresses.ts';

export interface CookieContext {
  seconds: number;
  place: PreviewPlace;
  request: IncomingMessage;
}

/** What a browser keeps of Podex for a preview: for its host alone, or for its path where previews share a host. */
export class PreviewCookies {
  readonly grantName: string;
  readonly stateName: string;
  readonly #addresses: PreviewAddresses;

  constructor(addresses: PreviewAddresses) {
    this.#addresses = addresses;
    // Browsers take `__Host-` for the path `/` alone.
    const kept = addresses.isOriginShared ? '__Secure-' : '__Host-';
    const prefix = addresses.isHttps ? kept : '';
    this.grantName = `${prefix}podex_preview`;
    this.stateName = `${prefix}podex_preview_state`;
  }

  /** The line that sets one. */
  set(name: string, value: string, { seconds, place, request }: CookieContext): string {
    const isLasting = isInFrame(request) && isOfOtherSite(request) && this.#isSafe(place);
    const isSecure = isLasting || this.#addresses.isHttps;
    return [
      `${name}=${value}`,
      `Path=${this.#addresses.prefixOf(place)}/`,
      'HttpOnly',
      // In a frame of Podex’s page browsers send no other; it is kept apart from what the browser has outside of that page.
      ...(isLasting ? ['SameSite=None', 'Partitioned'] : ['SameSite=Lax']),
      `Max-Age=${seconds}`,
      ...(isSecure ? ['Secure'] : []),
    ].join('; ');
  }

  /** Whether browsers take a `Secure` cookie: over https, and from this machine. */
  #isSafe(place: PreviewPlace): boolean {
    if (this.#addresses.isHttps) return true;
    const { hostname } = new URL(this.#addresses.originOf(place));
    return LOOPBACK_HOSTS.includes(hostname) || hostname.endsWith('.localhost');
  }
}

export function isInFrame({ headers }: IncomingMessage): boolean {
  return headers['sec-fetch-dest'] === 'iframe';
}

/** The page around the frame is another site to browsers, which then keep cookies of the ordinary kind from it. */
function isOfOtherSite({ headers }: IncomingMessage): boolean {
  return headers['sec-fetch-site'] === 'cross-site';
}
