import type { WorkspaceTarget } from './workspace-route.ts';

const MAX_NAME_CHARACTERS = 120;
/** What no browser takes for a path, a second parameter or the end of a header. */
const PLAIN = /[^A-Za-z0-9._ -]/g;

/** What follows the last part of the path in the name of the download, by route. */
const SUFFIXES: Readonly<Record<string, string>> = {
  '/files/content': '',
  '/files/archive': '.tar.gz',
  '/files/archive/zip': '.zip',
};

/**
 * `Content-Disposition` of what comes from a workspace: a browser saves it and does not show it as a page of api. A file is called by the
 * last part of its path (RFC 6266 §4.3, RFC 8187).
 */
export function attachment({ path }: WorkspaceTarget): string {
  const { pathname, searchParams } = new URL(path, 'http://podex');
  const suffix = SUFFIXES[pathname];
  if (suffix === undefined) return 'attachment';
  const last = lastPartOf(searchParams.get('path') ?? '');
  if (last === '') return 'attachment';
  const name = `${last}${suffix}`;
  return `attachment; filename="${name.replaceAll(PLAIN, '_')}"; filename*=UTF-8''${encodeExtended(name)}`;
}

/** Without control characters and half surrogates; never a name of dots alone. */
function lastPartOf(filePath: string): string {
  const last = filePath.split('/').findLast((part) => part !== '') ?? '';
  const plain = Array.from(last.toWellFormed().replaceAll(/\p{C}/gu, '_'))
    .slice(0, MAX_NAME_CHARACTERS)
    .join('');
  return /^[. ]*$/.test(plain) ? '' : plain;
}

/** `encodeURIComponent` leaves some characters that RFC 8187 does not allow. */
function encodeExtended(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
