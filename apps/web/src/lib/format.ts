export { countOf } from '@podex/contracts/text';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "just now", "5 min ago", "3 h ago", "2 d ago", then the date. */
export function formatAgo(iso: string, now: number): string {
  const age = now - Date.parse(iso);
  if (age < MINUTE_MS) return 'just now';
  if (age < HOUR_MS) return `${Math.floor(age / MINUTE_MS)} min ago`;
  if (age < DAY_MS) return `${Math.floor(age / HOUR_MS)} h ago`;
  if (age < 30 * DAY_MS) return `${Math.floor(age / DAY_MS)} d ago`;
  return iso.slice(0, 10);
}

/** Of a token or a key. */
export function formatLastUsed(iso: string | null, now: number): string {
  return iso === null ? 'Never used' : `Last used ${formatAgo(iso, now)}`;
}

/** "in 40 s", "in 5 min", "in 3 h", "in 2 d"; "now" when it is past. */
export function formatUntil(iso: string, now: number): string {
  const rest = Date.parse(iso) - now;
  if (rest <= 0) return 'now';
  if (rest < MINUTE_MS) return `in ${Math.ceil(rest / 1000)} s`;
  if (rest < HOUR_MS) return `in ${Math.ceil(rest / MINUTE_MS)} min`;
  if (rest < DAY_MS) return `in ${Math.round(rest / HOUR_MS)} h`;
  return `in ${Math.round(rest / DAY_MS)} d`;
}

/** "12:04:10", by the clock of the reader. */
export function formatTime(iso: string): string {
  return new Date(iso).toTimeString().slice(0, 8);
}

/** "4 s", "1 min 12 s". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / (1024 * 1024)).toFixed(1)} MB`;
}

/** "812", "12.4k", "1.2M". */
export function formatCount(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${(count / 1000).toFixed(count < 10_000 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** "2 GB" of megabytes. */
export function formatMegabytes(megabytes: number): string {
  if (megabytes < 1024) return `${megabytes} MB`;
  const gigabytes = megabytes / 1024;
  return `${Number.isInteger(gigabytes) ? gigabytes : gigabytes.toFixed(1)} GB`;
}
