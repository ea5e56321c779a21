import { describe, expect, it } from 'vitest';
import { parsePostmasterFile } from './postmaster-file.ts';

const lines = (status: string) =>
  `4711\n/var/lib/podex/postgres/data\n1795435519\n35045\n\n127.0.0.1\n  5432001   12\n${status}\n`;

describe('postmaster.pid', () => {
  it('says which process serves which port, and whether it is ready', () => {
    expect(parsePostmasterFile(lines('ready   '))).toEqual({ pid: 4711, port: 35045, isReady: true });
    expect(parsePostmasterFile(lines('starting'))).toEqual({ pid: 4711, port: 35045, isReady: false });
  });

  it('says nothing while it is being written', () => {
    expect(parsePostmasterFile('4711\n/var/lib')).toBeUndefined();
    expect(parsePostmasterFile('')).toBeUndefined();
  });
});
