import type { WorkspaceUser } from '../config.ts';

/** Lines of a colon-separated account file (passwd(5), group(5), shadow(5)), parted into fields. */
type AccountLine = string[];

function parseAccounts(text: string): AccountLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

function formatAccounts(lines: readonly AccountLine[]): string {
  return `${lines.map((fields) => fields.join(':')).join('\n')}\n`;
}

/**
 * The text of /etc/passwd in which the workspace user has its name, uid, gid and home. Another name that the image gave to the same
 * uid (`ubuntu`, `node`, `vscode`) stays as a second name; ours stands first, so that looking up the uid finds it.
 */
export function withPasswdEntry(text: string, user: WorkspaceUser, home: string, shell: string): string {
  const lines = parseAccounts(text);
  const ids = [String(user.uid), String(user.gid)];
  const existing = lines.find(([name]) => name === user.name);
  if (existing !== undefined) {
    const isFirst = lines.find(([, , uid]) => uid === ids[0]) === existing;
    if (isFirst && existing[3] === ids[1] && existing[5] === home) return text;
  }
  const [, password = 'x', , , comment = '', , ownShell = shell] = existing ?? [];
  const entry = [user.name, password, ...ids, comment, home, ownShell || shell];
  return formatAccounts(placeFirst(lines, entry, 2));
}

/** The text of /etc/group in which the user’s own group has its name and gid. */
export function withGroupEntry(text: string, user: WorkspaceUser): string {
  const lines = parseAccounts(text);
  const existing = lines.find(([name]) => name === user.name);
  if (existing !== undefined && existing[2] === String(user.gid)) return text;
  const [, password = 'x', , members = ''] = existing ?? [];
  return formatAccounts(placeFirst(lines, [user.name, password, String(user.gid), members], 2));
}

/** The text of /etc/shadow with an entry for the user: sudo asks PAM whether the account is valid, and without one it is not. */
export function withShadowEntry(text: string, user: WorkspaceUser): string {
  const lines = parseAccounts(text);
  if (lines.some(([name]) => name === user.name)) return text;
  return formatAccounts([...lines, [user.name, '*', '', '0', '99999', '7', '', '', '']]);
}

/** The shell that the user chose (chsh(1)), if the account has one. */
export function loginShellOf(passwd: string, user: WorkspaceUser): string | undefined {
  const entry = parseAccounts(passwd).find(([name]) => name === user.name);
  return entry?.[6] || undefined;
}

/** The ids of the groups that /etc/group lists the user in, beside the user’s own. */
export function supplementaryGroupsOf(group: string, user: WorkspaceUser): number[] {
  return parseAccounts(group)
    .filter(([, , , members = '']) => members.split(',').includes(user.name))
    .map(([, , gid]) => Number(gid));
}

/** Undefined when /etc/group has none of this name. */
export function groupId(group: string, wanted: string): number | undefined {
  const entry = parseAccounts(group).find(([name]) => name === wanted);
  return entry === undefined ? undefined : Number(entry[2]);
}

/** Replaces the line of the same name, and puts the entry before the first other line with the same id. */
function placeFirst(lines: readonly AccountLine[], entry: AccountLine, idField: number): AccountLine[] {
  const others = lines.filter(([name]) => name !== entry[0]);
  const sameId = others.findIndex((fields) => fields[idField] === entry[idField]);
  const place = sameId === -1 ? others.length : sameId;
  return [...others.slice(0, place), entry, ...others.slice(place)];
}
