import { describe, expect, it } from 'vitest';
import { parseSocketTable } from './socket-table.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (local: string, state: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 0 0 0 0 -1\n`;

describe('parseSocketTable', () => {
  it('finds what listens on every address or on the loopback, of both kinds', () => {
    const text = [
      line('00000000:1435', '0A', 11),
      line('0100007F:0BB8', '0A', 12),
      line('00000000000000000000000000000000:1F90', '0A', 13),
      line('00000000000000000000000001000000:1F91', '0A', 14),
    ].join('');
    expect(parseSocketTable(HEAD + text)).toEqual([
      { port: 5173, inode: '11' },
      { port: 3000, inode: '12' },
      { port: 8080, inode: '13' },
      { port: 8081, inode: '14' },
    ]);
  });

  it('leaves out connections, addresses that a link does not reach, and what it cannot read', () => {
    const text = `${line('0100007F:1435', '01', 11)}${line('0200A8C0:1435', '0A', 12)}nonsense\n\n`;
    expect(parseSocketTable(HEAD + text)).toEqual([]);
    expect(parseSocketTable('')).toEqual([]);
  });
});
