import { pageOf } from '@podex/contracts/pagination';
import { withQuery } from '@podex/contracts/query';
import type { z } from 'zod';
import type { AskApi } from './api-request.ts';

const PAGE = 100;

/** Every item of a list, page by page, in the order of api. */
export async function listAll<Schema extends z.ZodType>(
  ask: AskApi,
  path: string,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  const found: z.output<Schema>[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const page: { items: z.output<Schema>[]; next: string | null } = await ask({
      method: 'GET',
      path: withQuery(path, { limit: PAGE, after: next || undefined }),
      schema: pageOf(schema),
    });
    found.push(...page.items);
    next = page.next;
  }
  return found;
}
