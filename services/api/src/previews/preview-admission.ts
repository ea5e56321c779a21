import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { PodexError } from '@podex/contracts/errors';
import type { SettingValues } from '@podex/contracts/settings';
import { coversRelation } from '../access/relations.ts';
import { readStanding, viewKey } from '../connections/credential-store.ts';
import type { Db } from '../database/connect.ts';
import type { TwoFactorRule } from '../http/two-factor-rule.ts';
import type { AdmittedBy } from './open-previews.ts';
import { readCookies } from './own-cookies.ts';
import {
  CALLBACK_PATH,
  effectiveAccess,
  hashOf,
  LINK_PARAMETER,
  OPEN_PATH,
  OWN_PATH,
  ownAddress,
} from './preview-access.ts';
import type { PreviewAddresses, PreviewPlace, PreviewTarget } from './preview-addresses.ts';
import { isInFrame, PreviewCookies } from './preview-cookies.ts';
import type { PreviewGrants, SessionGrant } from './preview-grants.ts';
import { findPreviewPort, type PreviewPortRow, takePreviewCode } from './preview-port-store.ts';

/** Then the browser is led through Podex’s page again, which the person hardly sees. */
const SESSION_GRANT_SECONDS = 12 * 60 * 60;
const STATE_SECONDS = 10 * 60;
const STATE_BYTES = 32;
const STATE = /^[\w-]{43}$/;

export interface AdmissionOptions {
  db: Db;
  addresses: PreviewAddresses;
  grants: PreviewGrants;
  settings: { readonly values: Pick<Readonly<SettingValues>, 'preview_public_allowed'> };
  twoFactor: Pick<TwoFactorRule, 'mustSetUp'>;
  /** Of the page, where people sign in and allow it. */
  pageOrigin: string;
}

/** What becomes of a request to a preview. */
export type Admission =
  | { kind: 'admitted'; by: AdmittedBy; isPublic: boolean }
  /** Another address first, with these cookies. */
  | { kind: 'redirect'; location: string; cookies: readonly string[] }
  /** In a frame Podex’s page cannot be led to: the page around it is told what the browser wants. */
  | { kind: 'ask-page'; state: string; path: string; cookies: readonly string[] }
  /** The question of a browser whether another preview of the workspace may ask this one; the program is not asked. */
  | { kind: 'preflight'; origin: string };

/** Decides who gets to a program in a workspace. Podex’s own cookies say nothing here: a preview has cookies of its own. */
export class PreviewAdmission {
  readonly #options: AdmissionOptions;
  readonly #cookies: PreviewCookies;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#cookies = new PreviewCookies(options.addresses);
  }

  /** @throws PodexError unauthenticated, forbidden, link_not_valid, preview_not_found. */
  async admit(request: IncomingMessage, { place, path }: PreviewTarget): Promise<Admission> {
    const url = new URL(`${this.#options.addresses.originOf(place)}${path}`);
    if (url.pathname === CALLBACK_PATH && isReading(request)) return this.#callBack(request, place, url);
    if (url.pathname === OPEN_PATH && isReading(request)) {
      return this.#sendToPage(request, place, this.#wantedPath(url, place));
    }
    if (url.pathname.startsWith(OWN_PATH)) {
      throw new PodexError('preview_not_found', 'Podex has no such page here.', {});
    }
    const { db, settings } = this.#options;
    const row = await findPreviewPort(db, place);
    const access = effectiveAccess(row, settings.values);
    const link = url.searchParams.get(LINK_PARAMETER);
    if (access === 'public' && link === null)
      return { kind: 'admitted', by: { kind: 'public' }, isPublic: true };
    if (link !== null && isReading(request))
      return this.#followLink(request, place, { url, link, row, access });
    const origin = request.headers.origin;
    if (isPreflight(request) && origin !== undefined) {
      if (this.#isOfSameWorkspace(origin, place)) return { kind: 'preflight', origin };
      throw foreignPage();
    }
    const by = await this.#recognise(request, place, { row, access });
    if (by !== undefined) {
      this.#requireOwnPage(request, place);
      return { kind: 'admitted', by, isPublic: false };
    }
    if (!isNavigation(request)) {
      const message = 'This preview is private. Open it in a browser that is signed in to Podex.';
      throw new PodexError('unauthenticated', message, {});
    }
    return this.#sendToPage(request, place, ownAddress(url));
  }

  /** Tries each cookie that has the name of ours: a program of another host may have put one beside it. */
  async #recognise(
    request: IncomingMessage,
    place: PreviewPlace,
    { row, access }: { row: PreviewPortRow | undefined; access: PreviewPortRow['access'] },
  ): Promise<AdmittedBy | undefined> {
    for (const token of readCookies(request.headers.cookie, this.#cookies.grantName)) {
      const { grants } = this.#options;
      const session = grants.readSession(token, place);
      const standing = session && (await this.#stillStands(session, place));
      if (standing !== undefined) return standing;
      if (access !== 'link' || row === undefined) continue;
      const expiresAt = grants.readLink(token, place, row.link_key);
      if (expiresAt !== undefined) return { kind: 'link', linkKey: row.link_key, expiresAt };
    }
    return undefined;
  }

  /** Asked each time: who signs out, or with whom it is shared no more, sees nothing from then on. */
  async #stillStands(grant: SessionGrant, { workspaceId }: PreviewPlace): Promise<AdmittedBy | undefined> {
    const { db, twoFactor } = this.#options;
    const { sessionId, userId, expiresAt } = grant;
    const asked = { sessions: [sessionId], tokens: [], views: [{ workspaceId, userId }] };
    const { credentials, relations } = await readStanding(db, asked);
    const standing = credentials.get(sessionId);
    const relation = relations.get(viewKey(workspaceId, userId));
    if (standing === undefined || relation === undefined || !coversRelation(relation, 'viewer'))
      return undefined;
    if (twoFactor.mustSetUp(standing)) return undefined;
    const { role, scopes } = standing;
    return {
      kind: 'session',
      credential: { kind: 'session', id: sessionId, userId, role, scopes, expiresAt },
    };
  }

  /**
   * All previews are one site to a browser, which therefore sends our cookie with what a preview of another workspace asks here. Only
   * `Origin` and `Sec-Fetch-Site`, which pages cannot forge, tell it apart. A link that leads here from anywhere is none of that.
   *
   * @throws PodexError origin_not_allowed.
   */
  #requireOwnPage(request: IncomingMessage, place: PreviewPlace): void {
    const { origin, 'sec-fetch-site': site = 'none' } = request.headers;
    // A page that sends no referrer hides its origin too.
    if (origin !== undefined && !(origin === 'null' && site === 'same-origin')) {
      if (!this.#isOfSameWorkspace(origin, place)) throw foreignPage();
      return;
    }
    const isLed = request.headers['sec-fetch-mode'] === 'navigate' && isReading(request);
    if (site !== 'same-origin' && site !== 'none' && !isLed) throw foreignPage();
  }

  #isOfSameWorkspace(origin: string, { workspaceId }: PreviewPlace): boolean {
    return this.#options.addresses.isOfWorkspace(origin, workspaceId);
  }

  /** The link leaves the address bar at once, and is in no `Referer`. */
  #followLink(
    request: IncomingMessage,
    place: PreviewPlace,
    { url, link, row, access }: { url: URL; link: string; row: PreviewPortRow | undefined; access: string },
  ): Admission {
    url.searchParams.delete(LINK_PARAMETER);
    const expiresAt =
      access === 'link' && row !== undefined
        ? this.#options.grants.readLink(link, place, row.link_key)
        : undefined;
    if (expiresAt === undefined && access !== 'public') {
      const message = 'This link has expired or was revoked. Ask who sent it for a new one.';
      throw new PodexError('link_not_valid', message, {});
    }
    const seconds = expiresAt === undefined ? 0 : Math.ceil((expiresAt.getTime() - Date.now()) / 1000);
    const { grantName } = this.#cookies;
    const cookies =
      expiresAt === undefined ? [] : [this.#cookies.set(grantName, link, { seconds, place, request })];
    return { kind: 'redirect', location: this.#outside(place, ownAddress(url)), cookies };
  }

  /** Several tabs may be on their way at once: they share one state. */
  #sendToPage(request: IncomingMessage, place: PreviewPlace, path: string): Admission {
    const { workspaceId, port } = place;
    const given = readCookies(request.headers.cookie, this.#cookies.stateName).find((one) => STATE.test(one));
    const state = given ?? randomBytes(STATE_BYTES).toString('base64url');
    const seconds = STATE_SECONDS;
    const cookies = [this.#cookies.set(this.#cookies.stateName, state, { seconds, place, request })];
    if (isInFrame(request)) return { kind: 'ask-page', state: hashOf(state), path, cookies };
    const page = new URL('/previews/open', this.#options.pageOrigin);
    page.searchParams.set('workspace', workspaceId);
    page.searchParams.set('port', String(port));
    page.searchParams.set('state', hashOf(state));
    page.searchParams.set('path', path);
    return { kind: 'redirect', location: page.href, cookies };
  }

  /** The code is good once, here, and in the browser that was sent for it. */
  async #callBack(request: IncomingMessage, place: PreviewPlace, url: URL): Promise<Admission> {
    const { db, grants } = this.#options;
    const code = await takePreviewCode(db, hashOf(url.searchParams.get('code') ?? ''));
    const states = readCookies(request.headers.cookie, this.#cookies.stateName).map(hashOf);
    const isOfHere = code?.workspace_id === place.workspaceId && code.port === place.port;
    if (code === undefined || !code.is_good || !isOfHere || !states.includes(code.state_hash)) {
      const hasNoCookies = isInFrame(request) && states.length === 0;
      const message = hasNoCookies
        ? 'This browser keeps no cookies of previews within the page. Open the preview in a tab.'
        : 'This sign-in can’t be used: it is too old, was used already, or began in another browser.';
      throw new PodexError('link_not_valid', message, {});
    }
    const expiresAt = new Date(Date.now() + SESSION_GRANT_SECONDS * 1000);
    const grant = { sessionId: code.session_id, userId: code.user_id, expiresAt };
    const { grantName, stateName } = this.#cookies;
    const value = grants.signSession(place, grant);
    return {
      kind: 'redirect',
      location: this.#outside(place, this.#wantedPath(url, place)),
      cookies: [
        this.#cookies.set(grantName, value, { seconds: SESSION_GRANT_SECONDS, place, request }),
        this.#cookies.set(stateName, '', { seconds: 0, place, request }),
      ],
    };
  }

  /** Where the person wanted to go: a path of this preview and nothing else, whatever the address says. */
  #wantedPath({ searchParams }: URL, place: PreviewPlace): string {
    const origin = this.#options.addresses.originOf(place);
    const wanted = URL.parse(searchParams.get('path') ?? '/', origin);
    return wanted?.origin === origin ? ownAddress(wanted) : '/';
  }

  /** A path of the preview, as the browser has to ask for it. */
  #outside(place: PreviewPlace, path: string): string {
    return `${this.#options.addresses.prefixOf(place)}${path}`;
  }
}

function isReading({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** A person goes there: the browser can be led elsewhere first. What a page loads or asks would only be confused by that. */
function isNavigation(request: IncomingMessage): boolean {
  if (!isReading(request) || request.headers.upgrade !== undefined) return false;
  const mode = request.headers['sec-fetch-mode'];
  if (mode !== undefined) return mode === 'navigate';
  return (request.headers.accept ?? '').includes('text/html');
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function foreignPage(): PodexError {
  const message = 'A page of another site may not use this preview.';
  return new PodexError('origin_not_allowed', message, {});
}
