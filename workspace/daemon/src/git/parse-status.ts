import type { GitChange, GitStatus, GitStatusEntry } from '@podex/contracts/git';
import { spellName } from '../files/file-names.ts';

const CHANGES: Readonly<Record<string, GitChange>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'type_changed',
};

const CONFLICTS: Readonly<Record<string, NonNullable<GitStatusEntry['conflict']>>> = {
  UU: 'both_modified',
  AA: 'both_added',
  DD: 'both_deleted',
  DU: 'deleted_by_us',
  UD: 'deleted_by_them',
  AU: 'added_by_us',
  UA: 'added_by_them',
};

/** Fields before the path, of each kind of line of `git status --porcelain=v2`. */
const FIELDS: Readonly<Record<string, number>> = { '1': 8, '2': 9, u: 10, '?': 1 };

export type ParsedStatus = Omit<GitStatus, 'root' | 'operation' | 'next' | 'truncated'>;

export function changeOf(letter: string | undefined): GitChange | null {
  return CHANGES[letter ?? ''] ?? null;
}

/** Reads `git status --porcelain=v2 -z --branch --show-stash`. A last record that was cut off is left out. */
export function parseStatus(output: Buffer): ParsedStatus {
  const status: ParsedStatus = {
    branch: null,
    head: null,
    upstream: null,
    ahead: null,
    behind: null,
    stashes: 0,
    entries: [],
  };
  const records = splitRecords(output);
  for (let at = 0; at < records.length; at += 1) {
    const record = records[at] ?? Buffer.alloc(0);
    const kind = record.toString('latin1', 0, 1);
    if (kind === '#') readHeader(status, record.toString('utf8'));
    else if (kind === '2') {
      const entry = toEntry(kind, record);
      const before = records[at + 1];
      at += 1;
      if (entry !== undefined && before !== undefined)
        status.entries.push({ ...entry, old_path: spellName(before) });
    } else {
      const entry = toEntry(kind, record);
      if (entry !== undefined) status.entries.push(entry);
    }
  }
  return status;
}

/** Each ends with NUL. */
export function splitRecords(output: Buffer): Buffer[] {
  const records: Buffer[] = [];
  let from = 0;
  for (let end = output.indexOf(0); end !== -1; end = output.indexOf(0, from)) {
    records.push(output.subarray(from, end));
    from = end + 1;
  }
  return records;
}

function readHeader(status: ParsedStatus, line: string): void {
  const [, name, value = ''] = /^# (\S+) (.*)$/s.exec(line) ?? [];
  if (name === 'branch.oid') status.head = value === '(initial)' ? null : value;
  else if (name === 'branch.head') status.branch = value === '(detached)' ? null : value;
  else if (name === 'branch.upstream') status.upstream = value;
  else if (name === 'branch.ab') {
    const [, ahead, behind] = /^\+(\d+) -(\d+)$/.exec(value) ?? [];
    status.ahead = Number(ahead ?? 0);
    status.behind = Number(behind ?? 0);
  } else if (name === 'stash') status.stashes = Number(/^\d{1,9}$/.exec(value)?.[0] ?? 0);
}

function toEntry(kind: string, record: Buffer): GitStatusEntry | undefined {
  const count = FIELDS[kind];
  if (count === undefined) return undefined;
  const { fields, rest } = takeFields(record, count);
  const path = spellName(rest);
  if (kind === '?') return { path, kind: 'untracked', staged: null, unstaged: null };
  const [, state = '..', submodule = 'N'] = fields;
  const shared = { path, ...(submodule.startsWith('S') ? { submodule: true } : {}) };
  const conflict = CONFLICTS[state];
  if (kind === 'u')
    return { ...shared, kind: 'conflicted', staged: null, unstaged: null, ...(conflict && { conflict }) };
  return { ...shared, kind: 'tracked', staged: changeOf(state[0]), unstaged: changeOf(state[1]) };
}

function takeFields(record: Buffer, count: number): { fields: string[]; rest: Buffer } {
  const fields: string[] = [];
  let from = 0;
  for (let taken = 0; taken < count; taken += 1) {
    const end = record.indexOf(0x20, from);
    if (end === -1) break;
    fields.push(record.toString('latin1', from, end));
    from = end + 1;
  }
  return { fields, rest: record.subarray(from) };
}
