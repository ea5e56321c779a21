import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import { attachment } from './attachment.ts';

const of = (file: string) =>
  attachment({
    workspaceId: newId('workspace'),
    path: `/files/content?${new URLSearchParams({ path: file })}`,
  });

describe('attachment', () => {
  it('names a file by the last part of its path', () => {
    expect(of('/home/dev/notes.txt')).toBe(`attachment; filename="notes.txt"; filename*=UTF-8''notes.txt`);
    expect(of("a/b/naïve (1)'s.md")).toBe(
      `attachment; filename="na_ve _1__s.md"; filename*=UTF-8''na%C3%AFve%20%281%29%27s.md`,
    );
  });

  it('names the archive of a folder by it', () => {
    const path = `/files/archive?${new URLSearchParams({ path: '/home/dev/site/' })}`;
    expect(attachment({ workspaceId: newId('workspace'), path })).toBe(
      `attachment; filename="site.tar.gz"; filename*=UTF-8''site.tar.gz`,
    );
    expect(
      attachment({ workspaceId: newId('workspace'), path: path.replace('archive', 'archive/zip') }),
    ).toBe(`attachment; filename="site.zip"; filename*=UTF-8''site.zip`);
  });

  it.each([
    'a"; filename="evil.html',
    'a\r\nSet-Cookie: b=c',
    'a\u202egpj.exe',
    'a\ud800',
    '..',
    '',
    'a\\..\\b',
  ])('lets nothing out of the name: %j', (file) => {
    expect(of(file)).toMatch(
      /^attachment(; filename="[A-Za-z0-9._ -]+"; filename\*=UTF-8''[A-Za-z0-9._~!%-]+)?$/,
    );
  });

  it('gives no name to what is no file', () => {
    const target = { workspaceId: newId('workspace'), path: '/files?path=notes.txt' };
    expect(attachment(target)).toBe('attachment');
  });
});
