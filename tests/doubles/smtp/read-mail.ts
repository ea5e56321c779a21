/** A mail as its reader sees it. */
export interface ReadMail {
  /** By lower-case name; unfolded, with encoded words decoded. */
  headers: ReadonlyMap<string, string>;
  text: string;
  html: string;
}

/** Takes a mail with a text and an HTML alternative apart (RFC 5322, 2045 to 2047, as far as Podex writes them). */
export function readMail(raw: string): ReadMail {
  const { headers, body } = splitEntity(raw);
  const [, boundary] = /boundary="?([^";]+)"?/.exec(headers.get('content-type') ?? '') ?? [];
  const parts = boundary === undefined ? [raw] : body.split(`--${boundary}`).slice(1, -1);
  const read = parts.map((part) => splitEntity(part.replace(/^\r\n/, '')));
  const bodyOf = (type: string) => {
    const part = read.find((entity) => entity.headers.get('content-type')?.startsWith(type));
    return part === undefined ? '' : decodeBody(part);
  };
  return { headers, text: bodyOf('text/plain'), html: bodyOf('text/html') };
}

interface Entity {
  headers: Map<string, string>;
  body: string;
}

function splitEntity(raw: string): Entity {
  const end = raw.indexOf('\r\n\r\n');
  const head = end < 0 ? raw : raw.slice(0, end);
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = lines.map((line): [string, string] => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    decodeWords(line.slice(line.indexOf(':') + 1).trim()),
  ]);
  return { headers: new Map(headers), body: end < 0 ? '' : raw.slice(end + 4) };
}

function decodeBody({ headers, body }: Entity): string {
  switch (headers.get('content-transfer-encoding')?.toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8');
    case 'quoted-printable':
      return fromQuotedPrintable(body.replace(/=\r\n/g, ''));
    default:
      return body;
  }
}

function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_word, kind: string, encoded: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(encoded, 'base64').toString('utf8')
        : fromQuotedPrintable(encoded.replaceAll('_', ' ')),
    );
}

function fromQuotedPrintable(text: string): string {
  const bytes = text.replace(/=([0-9a-f]{2})/gi, (_match, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
