/** A page of rows that were asked for with `limit + 1`: the extra one only says that there are more. */
export function toPage<Row extends { id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit);
  return {
    items: shown.map(present),
    next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
  };
}
