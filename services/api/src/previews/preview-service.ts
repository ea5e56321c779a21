import { randomBytes } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import type {
  AuthorizePreviewInput,
  ListeningPort,
  PreviewLink,
  UpdatePortInput,
  WorkspacePort,
  WorkspacePorts,
} from '@podex/contracts/previews';
import type { SettingValues } from '@podex/contracts/settings';
import type { Bus } from '../bus/bus.ts';
import type { Call } from '../calls/call.ts';
import { RATE_LIMITS, requireBelow } from '../calls/rate-limits.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { appendWorkspaceAudit } from '../workspaces/record/workspace-audit.ts';
import { seenStatus } from '../workspaces/record/workspace-view.ts';
import { getOwnWorkspace, lockOwnWorkspace } from '../workspaces/workspaces.ts';
import type { InsidePorts } from './inside-ports.ts';
import { PREVIEWS_CHANNEL } from './open-previews.ts';
import { CALLBACK_PATH, effectiveAccess, hashOf, LINK_PARAMETER } from './preview-access.ts';
import { baseOf, type PreviewAddresses, type PreviewPlace } from './preview-addresses.ts';
import type { PreviewGrants } from './preview-grants.ts';
import {
  findPreviewPort,
  insertPreviewCode,
  keepLinkExpiry,
  listPreviewPorts,
  type PreviewPortRow,
  setPreviewPort,
} from './preview-port-store.ts';

const LINK_KEY_BYTES = 24;
const CODE_BYTES = 32;
const CODE_SECONDS = 60;
/** That people said something about. */
const PORTS_MAX = 100;

export interface PreviewServiceOptions {
  db: Db;
  bus: Pick<Bus, 'hit'>;
  transact: Transact;
  settings: { readonly values: Pick<Readonly<SettingValues>, 'preview_public_allowed'> };
  inside: InsidePorts;
  /** Undefined where previews are not set up. */
  addresses: PreviewAddresses | undefined;
  grants: PreviewGrants;
}

/** Ports of workspaces, and who can open their previews. */
export class PreviewService {
  readonly #options: PreviewServiceOptions;

  constructor(options: PreviewServiceOptions) {
    this.#options = options;
  }

  async list(
    id: WorkspaceId,
    { after, waitMs }: { after: string | undefined; waitMs: number },
    { actor, requestId, signal }: Call,
  ): Promise<WorkspacePorts> {
    const { db, inside } = this.#options;
    const isRunning = seenStatus(await getOwnWorkspace(db, actor, id)).status === 'running';
    const question = { workspaceId: id, userId: actor.userId, requestId, after, waitMs, signal };
    const seen = isRunning ? await inside.read(question) : undefined;
    const rows = await listPreviewPorts(db, id);
    const listening = new Map((seen?.ports ?? []).map((one) => [one.port, one] as const));
    const numbers = [...new Set([...listening.keys(), ...rows.filter(says).map(({ port }) => port)])];
    const items = numbers
      .sort((left, right) => left - right)
      .map((port) =>
        this.#present({ workspaceId: id, port }, { row: rows.find((row) => row.port === port), listening }),
      );
    return { items, revision: seen?.revision ?? null };
  }

  /** @throws PodexError forbidden for who may not make it public; limit_reached. */
  async update(place: PreviewPlace, input: UpdatePortInput, call: Call): Promise<WorkspacePort> {
    const row = await this.#options.transact(async (work) => {
      const workspace = await lockOwnWorkspace(work, call, place.workspaceId);
      const rows = await listPreviewPorts(work.tx, place.workspaceId);
      const before = rows.find(({ port }) => port === place.port);
      const access = input.access ?? before?.access ?? 'private';
      const label = input.label === undefined ? (before?.label ?? null) : input.label;
      if (access === 'public' && before?.access !== 'public') this.#requireMayBePublic(workspace.relation);
      if (before === undefined && rows.length >= PORTS_MAX) throw tooManyPorts();
      const linkKey = before?.access === access ? before.link_key : newLinkKey();
      const after = await setPreviewPort(work.tx, place, { access, label, linkKey });
      if (before?.access !== access) {
        const details = { port: place.port, before: before?.access ?? 'private', after: access };
        appendWorkspaceAudit(work, call, workspace, 'preview.changed', details);
        work.wake(PREVIEWS_CHANNEL);
      }
      return after;
    });
    return this.#present(place, { row, listening: new Map() });
  }

  /** @throws PodexError conflict unless its access is `link`. */
  async createLink(place: PreviewPlace, seconds: number, call: Call): Promise<PreviewLink> {
    const addresses = this.#requireAddresses();
    await requireBelow(this.#options.bus, RATE_LIMITS.creationsOfUser, call.actor.userId);
    return this.#options.transact(async (work) => {
      const workspace = await lockOwnWorkspace(work, call, place.workspaceId);
      const row = await findPreviewPort(work.tx, place);
      if (row?.access !== 'link') {
        const message = `The access of port ${place.port} is ${row?.access ?? 'private'}. Change it to link first.`;
        throw new PodexError('conflict', message, {});
      }
      const expiresAt = new Date(Date.now() + seconds * 1000);
      await keepLinkExpiry(work.tx, place, expiresAt);
      const url = new URL(`${baseOf(addresses, place)}/`);
      url.searchParams.set(LINK_PARAMETER, this.#options.grants.signLink(place, row.link_key, expiresAt));
      const details = { port: place.port, expires_at: expiresAt.toISOString() };
      appendWorkspaceAudit(work, call, workspace, 'preview.link_created', details);
      return { url: url.href, expires_at: expiresAt.toISOString() };
    });
  }

  /** What is open by a link ends too. */
  async revokeLinks(place: PreviewPlace, call: Call): Promise<void> {
    await this.#options.transact(async (work) => {
      const workspace = await lockOwnWorkspace(work, call, place.workspaceId);
      const row = await findPreviewPort(work.tx, place);
      if (row === undefined) return;
      await setPreviewPort(work.tx, place, { ...row, linkKey: newLinkKey() });
      appendWorkspaceAudit(work, call, workspace, 'preview.links_revoked', { port: place.port });
      work.wake(PREVIEWS_CHANNEL);
    });
  }

  /**
   * A code for the browser that the preview has sent here: good once, for a minute, and only with the cookie that the preview gave it.
   *
   * @throws PodexError forbidden for a token; conflict where there are no previews.
   */
  async authorize(place: PreviewPlace, input: AuthorizePreviewInput, call: Call): Promise<{ url: string }> {
    const addresses = this.#requireAddresses();
    const { actor } = call;
    if (actor.via !== 'session') {
      throw new PodexError('forbidden', 'Only a browser that is signed in can open a private preview.', {});
    }
    await requireBelow(this.#options.bus, RATE_LIMITS.creationsOfUser, actor.userId);
    const code = randomBytes(CODE_BYTES).toString('base64url');
    await this.#options.transact(async (work) => {
      await call.requireStill(work.tx);
      const workspace = await getOwnWorkspace(work.tx, actor, place.workspaceId);
      await insertPreviewCode(work.tx, {
        place,
        codeHash: hashOf(code),
        stateHash: input.state,
        sessionId: actor.credentialId,
        userId: actor.userId,
        secondsToLive: CODE_SECONDS,
      });
      appendWorkspaceAudit(work, call, workspace, 'preview.opened', { port: place.port });
    });
    const url = new URL(`${baseOf(addresses, place)}${CALLBACK_PATH}`);
    url.searchParams.set('code', code);
    url.searchParams.set('path', input.path);
    return { url: url.href };
  }

  #requireMayBePublic(relation: string): void {
    if (!this.#options.settings.values.preview_public_allowed) {
      throw new PodexError('forbidden', 'An admin does not allow public previews here. Use a link.', {});
    }
    if (relation === 'owner') return;
    throw new PodexError(
      'forbidden',
      'Only its owner can make a preview public. Ask them, or use a link.',
      {},
    );
  }

  #requireAddresses(): PreviewAddresses {
    const { addresses } = this.#options;
    if (addresses !== undefined) return addresses;
    const message = 'Previews are not set up here. An admin sets PREVIEW_DOMAIN, or PREVIEW_PORT, of api.';
    throw new PodexError('conflict', message, {});
  }

  #present(
    place: PreviewPlace,
    { row, listening }: { row: PreviewPortRow | undefined; listening: ReadonlyMap<number, ListeningPort> },
  ): WorkspacePort {
    const { addresses, settings } = this.#options;
    const seen = listening.get(place.port);
    return {
      port: place.port,
      is_listening: seen !== undefined,
      process: seen?.process ?? null,
      access: effectiveAccess(row, settings.values),
      label: row?.label ?? null,
      url: addresses === undefined ? null : `${baseOf(addresses, place)}/`,
      is_origin_shared: addresses?.isOriginShared ?? false,
      links_expire_at: linksExpireAt(row),
    };
  }
}

function says({ access, label }: PreviewPortRow): boolean {
  return access !== 'private' || label !== null;
}

/** Of the link that lasts longest; null when none is good any more. */
function linksExpireAt(row: PreviewPortRow | undefined): string | null {
  const at = row?.access === 'link' ? row.links_expire_at : null;
  return at !== null && at.getTime() > Date.now() ? at.toISOString() : null;
}

function newLinkKey(): string {
  return randomBytes(LINK_KEY_BYTES).toString('base64url');
}

function tooManyPorts(): PodexError {
  const message = `At most ${PORTS_MAX} ports of a workspace can have an access or a label.`;
  return new PodexError('limit_reached', message, { limit: 'ports_per_workspace', max: PORTS_MAX });
}
