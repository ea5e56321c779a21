/** Of a token or a key, in a list. */
export function lastUseText(lastUsedAt: string | null): string {
  return lastUsedAt === null ? 'never used' : `used ${lastUsedAt}`;
}
