const GROUP = /.{1,4}/g;

/** The key in an `otpauth:` address, for who cannot scan its QR code. */
export function readSecret(uri: string): string {
  return URL.parse(uri)?.searchParams.get('secret') ?? '';
}

/** In groups of four, as apps show it. */
export function groupSecret(secret: string): string {
  return (secret.match(GROUP) ?? []).join(' ');
}

/** The file that a person keeps. */
export function recoveryCodesText(codes: readonly string[]): string {
  return ['Podex recovery codes. Each works once.', '', ...codes, ''].join('\n');
}
