import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import type { SettingValues } from '@podex/contracts/settings';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import type { Bus } from '../bus/bus.ts';
import type { ConnectionRegistry, Credential } from '../connections/connection-registry.ts';
import type { Db } from '../database/connect.ts';
import type { PreviewPlace } from './preview-addresses.ts';
import { listOpenPorts, type PreviewPortRow } from './preview-port-store.ts';

/** Bus channel: after a commit that changes who can open a preview. Every process looks at what is open by links or to everybody. */
export const PREVIEWS_CHANNEL = 'previews';

/** The bus tells at once; this bounds how long a lost message, or the end of a link, goes unnoticed. Nothing is asked while nothing is open. */
const LOOK_EVERY_MS = 1_250;
/** In one process. A program that needs more is not looked at by people. */
const PER_WORKSPACE_MAX = 256;

/** Why a request was let in. */
export type AdmittedBy =
  | { kind: 'session'; credential: Credential }
  | { kind: 'link'; linkKey: string; expiresAt: Date }
  | { kind: 'public' };

export interface OpenPreview {
  place: PreviewPlace;
  by: AdmittedBy;
  /** Of the client; for the log. */
  address: string;
  /** Called once at most. Must not throw. */
  close(): void;
}

export interface OpenPreviewsOptions {
  db: Db;
  bus: Pick<Bus, 'subscribe'>;
  registry: ConnectionRegistry;
  settings: { readonly values: Pick<Readonly<SettingValues>, 'preview_public_allowed'> };
  background: Background;
  logger: Logger;
}

/** What is open to ports in this process. Each ends within two seconds of the end of what let it in. */
export class OpenPreviews {
  readonly #options: OpenPreviewsOptions;
  readonly #byStrangers = new Set<OpenPreview>();
  readonly #counts = new Map<WorkspaceId, number>();
  #look = Promise.withResolvers<void>();

  constructor(options: OpenPreviewsOptions) {
    this.#options = options;
  }

  start(): void {
    const { background, bus, logger } = this.#options;
    background.run('watch-previews', async (signal) => {
      using _told = bus.subscribe(PREVIEWS_CHANNEL, () => this.#look.resolve());
      const stop = () => this.#look.resolve();
      signal.addEventListener('abort', stop, { once: true });
      while (!signal.aborted) {
        this.#look = Promise.withResolvers<void>();
        await this.#endWhatIsOver().catch((error: unknown) =>
          logger.warn({ err: error }, 'previews.not_verified'),
        );
        const timer = setTimeout(this.#look.resolve, LOOK_EVERY_MS);
        if (!signal.aborted) await this.#look.promise;
        clearTimeout(timer);
      }
    });
  }

  /**
   * Dispose the result when it has ended, for whatever reason; twice does no harm.
   *
   * @throws PodexError limit_reached.
   */
  open(preview: OpenPreview): Disposable {
    const { place, by, address, close } = preview;
    const { workspaceId } = place;
    const count = this.#counts.get(workspaceId) ?? 0;
    if (count >= PER_WORKSPACE_MAX) throw tooMany();
    const registered =
      by.kind === 'session'
        ? this.#options.registry.register({
            credential: by.credential,
            what: 'preview',
            view: { workspaceId, atLeast: 'viewer' },
            address,
            close,
          })
        : undefined;
    this.#counts.set(workspaceId, count + 1);
    if (registered === undefined) this.#byStrangers.add(preview);
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        registered?.[Symbol.dispose]();
        this.#byStrangers.delete(preview);
        const left = (this.#counts.get(workspaceId) ?? 0) - 1;
        if (left > 0) this.#counts.set(workspaceId, left);
        else this.#counts.delete(workspaceId);
      },
    };
  }

  async #endWhatIsOver(): Promise<void> {
    if (this.#byStrangers.size === 0) return;
    const { db, settings } = this.#options;
    const open = [...this.#byStrangers];
    const rows = await listOpenPorts(db, [...new Set(open.map(({ place }) => place.workspaceId))]);
    for (const preview of open) {
      const { workspaceId, port } = preview.place;
      const row = rows.find((one) => one.workspace_id === workspaceId && one.port === port);
      if (!isStillGood(preview.by, row, settings.values)) preview.close();
    }
  }
}

function isStillGood(
  by: AdmittedBy,
  row: PreviewPortRow | undefined,
  { preview_public_allowed: isPublicAllowed }: Pick<SettingValues, 'preview_public_allowed'>,
): boolean {
  if (row?.access === 'public' && isPublicAllowed) return true;
  if (by.kind !== 'link' || row?.access !== 'link') return false;
  return row.link_key === by.linkKey && by.expiresAt.getTime() > Date.now();
}

function tooMany(): PodexError {
  const message = `${PER_WORKSPACE_MAX} connections to previews of this workspace are open. Close some first.`;
  return new PodexError('limit_reached', message, {
    limit: 'previews_per_workspace',
    max: PER_WORKSPACE_MAX,
  });
}
