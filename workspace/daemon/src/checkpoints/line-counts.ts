/** Lines that only one side has. One that moved counts on neither: no order is compared, so that any two texts are counted at once. */
export function countLines(
  before: Buffer | undefined,
  after: Buffer | undefined,
): { added: number; removed: number } {
  const balance = new Map<string, number>();
  for (const line of linesOf(after)) balance.set(line, (balance.get(line) ?? 0) + 1);
  for (const line of linesOf(before)) balance.set(line, (balance.get(line) ?? 0) - 1);
  let added = 0;
  let removed = 0;
  for (const count of balance.values()) {
    if (count > 0) added += count;
    else removed -= count;
  }
  return { added, removed };
}

function linesOf(content: Buffer | undefined): string[] {
  const lines = content?.toString('latin1').split('\n') ?? [];
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
