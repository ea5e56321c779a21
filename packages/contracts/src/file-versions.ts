import { z } from 'zod';

const OURS = /^"([\da-f]+--?[\da-f]+--?[\da-f]+)-([\da-f]+)\.([\da-f]{8})"$/;

/** Whether both etags stand for one content. Of inodes only those that one process has seen can be compared: an editor may stay open overnight. */
export function isSameVersion(one: string, other: string): boolean {
  const [, content, inode, looker] = OURS.exec(one) ?? [];
  const [, otherContent, otherInode, otherLooker] = OURS.exec(other) ?? [];
  if (content === undefined || otherContent === undefined) return one === other;
  return content === otherContent && (looker !== otherLooker || inode === otherInode);
}

/** A file as a tool call of the agent left or saw it. The service writes it down, from responses of the workspace; no model does. */
export const fileVersion = z
  .object({
    path: z.string().meta({ description: 'Absolute; links in it are not followed.' }),
    etag: z.string(),
    replaced_etag: z.string().optional().meta({
      description:
        'Only of an edit: the version that it was made in, whether the agent had seen that or not.',
    }),
  })
  .meta({ id: 'FileVersion' });
export type FileVersion = z.infer<typeof fileVersion>;
