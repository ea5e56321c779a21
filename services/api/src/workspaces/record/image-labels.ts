import { PodexError } from '@podex/contracts/errors';
import { missingLabels, type RequiredLabels } from '@podex/contracts/placement';
import type { Tx } from '../../database/connect.ts';
import { findServer } from '../../servers/server-store.ts';
import type { WorkspaceRow } from './workspace-store.ts';

/**
 * What is asked of a server, and what the image asks of it.
 *
 * @throws PodexError conflict when the two cannot both be.
 */
export function withLabelsOfImage(asked: RequiredLabels, ofImage: RequiredLabels): RequiredLabels {
  const other = Object.entries(ofImage).find(([key, value]) => (asked[key] ?? value) !== value);
  if (other === undefined) return { ...asked, ...ofImage };
  const [key, value] = other;
  const message = `This image runs only on servers with ${key}=${value}, and ${key}=${asked[key]} is asked for. Take another image, or leave that label out.`;
  throw new PodexError('conflict', message, { reason: 'image_labels' });
}

/**
 * The same of a workspace that changes its image. Labels of the image before stay: somebody may have asked for them.
 *
 * @throws PodexError conflict, also when the server where it lives lacks one.
 */
export async function labelsAfterImage(
  tx: Tx,
  row: Pick<WorkspaceRow, 'server_id' | 'required_labels'>,
  ofImage: RequiredLabels,
): Promise<RequiredLabels> {
  if (Object.keys(ofImage).length === 0) return row.required_labels;
  const labels = withLabelsOfImage(row.required_labels, ofImage);
  const server = row.server_id === null ? undefined : await findServer(tx, row.server_id);
  const missing = server === undefined ? [] : missingLabels(ofImage, server.labels);
  if (missing.length === 0) return labels;
  const message = `This image runs only on servers with ${missing.join(', ')}, and the workspace lives on one without. Make a new workspace with it, or ask an admin to move this one first.`;
  throw new PodexError('conflict', message, { reason: 'image_labels' });
}
