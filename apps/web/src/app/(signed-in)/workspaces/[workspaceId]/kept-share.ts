const keyOf = (name: string) => `podex.share.${name}`;

/** A share in percent that this browser keeps; the default where it keeps none or blocks storage. */
export function readKeptShare(name: string, defaultPercent: number): number {
  try {
    const share = Number(localStorage.getItem(keyOf(name)) ?? Number.NaN);
    return share > 0 && share < 100 ? share : defaultPercent;
  } catch {
    return defaultPercent;
  }
}

/** Where storage is blocked, the share lasts as long as the page. */
export function writeKeptShare(name: string, percent: number): void {
  try {
    localStorage.setItem(keyOf(name), percent.toFixed(2));
  } catch {
    return;
  }
}
