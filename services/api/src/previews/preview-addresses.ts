import type { IncomingMessage } from 'node:http';
import { type WorkspaceId, workspaceId } from '@podex/contracts/ids';

/** The port of one workspace that a preview shows. */
export interface PreviewPlace {
  workspaceId: WorkspaceId;
  port: number;
}

/** What a request asks for. */
export interface PreviewTarget {
  place: PreviewPlace;
  /** Path and query as its program gets them. */
  path: string;
}

/** Where previews are, as browsers see them. */
export interface PreviewAddresses {
  readonly isHttps: boolean;
  readonly scheme: string;
  /** To browsers all previews are then one site with one storage, and a page of one can use another that its visitor may use. */
  readonly isOriginShared: boolean;
  /** With the port where it is not the scheme’s own. */
  hostOf(place: PreviewPlace): string;
  originOf(place: PreviewPlace): string;
  /** Stands before every path of this preview; empty where it has a host of its own. */
  prefixOf(place: PreviewPlace): string;
  /** Undefined for an address that no preview has. */
  find(request: Pick<IncomingMessage, 'headers' | 'url'>): PreviewTarget | undefined;
  /** Where a request that no preview has belongs; undefined when that is not known. */
  elsewhere(request: Pick<IncomingMessage, 'headers' | 'url' | 'method'>): string | undefined;
  /** Whether a page of this `Origin` is a preview of the same workspace, as far as origins tell. */
  isOfWorkspace(origin: string, id: WorkspaceId): boolean;
}

const LABEL = /^([1-9]\d{0,4})--([0-9a-z]{26})$/;
const ID_PREFIX = 'ws_';

/** Names a preview in an address. */
export function labelOf({ workspaceId: id, port }: PreviewPlace): string {
  return `${port}--${id.slice(ID_PREFIX.length)}`;
}

export function placeOf(label: string): PreviewPlace | undefined {
  const [, port, id] = LABEL.exec(label) ?? [];
  const parsed = workspaceId.safeParse(`${ID_PREFIX}${id}`);
  if (Number(port) > 65_535 || !parsed.success) return undefined;
  return { workspaceId: parsed.data, port: Number(port) };
}

/** Address of a preview, without a slash at its end. */
export function baseOf(addresses: PreviewAddresses, place: PreviewPlace): string {
  return `${addresses.originOf(place)}${addresses.prefixOf(place)}`;
}
