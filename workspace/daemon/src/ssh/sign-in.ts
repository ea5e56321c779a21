import type { Readable } from 'node:stream';

/** As sshd logs it: `Accepted publickey for dev from … ssh2: ED25519 SHA256:…`. */
const SIGN_IN = /^Accepted publickey for \S+ from [^\n]{0,200} ssh2: \S+ (SHA256:[A-Za-z0-9+/]{43})\r?$/m;
/** It signs in before it logs much. */
const LOG_CHARACTERS_MAX = 16_384;

/** Reads what one sshd logs, to its end, and tells the key with which its client signed in. */
export function findSignIn(log: Readable, onSignIn: (fingerprint: string) => void): void {
  let text: string | undefined = '';
  log.setEncoding('utf8');
  // A log that breaks off tells of no sign-in; the connection ends by itself.
  log.on('error', () => undefined);
  log.on('data', (part: string) => {
    if (text === undefined) return;
    text += part;
    // A line that is not whole yet could end with a part of the fingerprint alone.
    const fingerprint = SIGN_IN.exec(text.slice(0, text.lastIndexOf('\n') + 1))?.[1];
    if (fingerprint !== undefined) onSignIn(fingerprint);
    if (fingerprint !== undefined || text.length > LOG_CHARACTERS_MAX) text = undefined;
  });
}
