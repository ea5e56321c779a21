import { z } from 'zod';
import { opaqueText } from './text.ts';

/** Cursor pages: `after` is the `next` of the page before. */
export const pageQuery = z.object({
  after: opaqueText(200).optional().meta({ description: 'The `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type PageQuery = z.infer<typeof pageQuery>;

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().meta({ description: 'Cursor of the next page, or null at the end.' }),
  });
}
