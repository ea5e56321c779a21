/** Panel id to its share in percent. */
export type KeptLayout = Record<string, number>;

const keyOf = (name: string) => `podex.layout.${name}`;

/** Undefined when this browser has kept none, or refuses storage. */
export function readKeptLayout(name: string): KeptLayout | undefined {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(keyOf(name)) ?? 'null');
    if (typeof stored !== 'object' || stored === null) return undefined;
    const entries = Object.entries(stored).filter((entry): entry is [string, number] =>
      Number.isFinite(entry[1]),
    );
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  } catch {
    return undefined;
  }
}

/** Where storage is refused, the layout lasts as long as the page. */
export function writeKeptLayout(name: string, layout: KeptLayout): void {
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(layout));
  } catch {
    return;
  }
}
