const MAX_KEPT = 50;

/** A short list of strings that this browser keeps; empty where storage is blocked or holds something else. */
export function readKeptList(key: string): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(stored) ? stored.filter((item) => typeof item === 'string').slice(0, MAX_KEPT) : [];
  } catch {
    return [];
  }
}

/** Where storage is blocked, the list lasts as long as the page. */
export function writeKeptList(key: string, list: readonly string[]): void {
  try {
    if (list.length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(list.slice(-MAX_KEPT)));
  } catch {
    return;
  }
}
