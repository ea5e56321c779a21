/** The first that matches counts: browsers name those that they are made from after themselves. */
const PROGRAMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
  [/^podex\b/i, 'podex'],
  [/^curl\//, 'curl'],
];

const SYSTEMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\biPad\b/, 'iPad'],
  [/\biPhone\b/, 'iPhone'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

const UNKNOWN = 'Unknown device';

/** `Firefox on Linux`. What a browser says of itself is a claim, and any text: only words of ours come out. */
export function deviceNameOf(userAgent: string | null): string {
  const given = userAgent ?? '';
  const [, program] = PROGRAMS.find(([pattern]) => pattern.test(given)) ?? [];
  const [, system] = SYSTEMS.find(([pattern]) => pattern.test(given)) ?? [];
  if (program === undefined) return system ?? UNKNOWN;
  return system === undefined ? program : `${program} on ${system}`;
}
