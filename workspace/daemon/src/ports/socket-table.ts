/** A socket that listens where a link can reach it. */
export interface ListeningSocket {
  port: number;
  inode: string;
}

const STATE_LISTEN = '0A';
/** As the kernel writes addresses: words of 32 bits, each in the byte order of the machine. Any address, and the loopback’s first. */
const REACHABLE_ADDRESSES: ReadonlySet<string> = new Set([
  '00000000',
  '0100007F',
  '00000000000000000000000000000000',
  '00000000000000000000000001000000',
  '0000000000000000FFFF00000100007F',
]);

/** Reads `/proc/net/tcp` or `/proc/net/tcp6`. */
export function parseSocketTable(text: string): ListeningSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      if (state !== STATE_LISTEN || inode === undefined || !REACHABLE_ADDRESSES.has(address)) return [];
      return [{ port: Number.parseInt(port, 16), inode }];
    });
}
