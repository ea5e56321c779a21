import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { GIT_SETTINGS_PATH } from '@podex/contracts/internal/daemon';
import type { WorkspaceUser } from '../config.ts';
import type { Logger } from '../logging/logger.ts';
import { withGroupEntry, withPasswdEntry, withShadowEntry } from './account-files.ts';

export interface EnsureUserOptions {
  user: WorkspaceUser;
  homePath: string;
  /** PATH of the image; login shells get it back after /etc/profile has reset it. */
  imagePath: string | undefined;
  logger: Logger;
  /** Where the root of the filesystem is; `/` inside a workspace. */
  rootPath?: string;
}

/**
 * Makes any image with glibc a home for the workspace user: the account, sudo without a password where there is sudo, and a home
 * that belongs to it. Needs no tools of the image. Must be root. Idempotent; what it cannot write (a read-only root filesystem) is
 * logged and left, because the numeric identity works without a name.
 *
 * Synchronous, since nothing else runs yet: the same through promises takes 60 ms longer inside gVisor.
 */
export function ensureUser(options: EnsureUserOptions): void {
  const { user, homePath, logger, rootPath = '/' } = options;
  const inRoot = (...parts: string[]) => path.join(rootPath, ...parts);
  const attempt = (step: string, work: () => void) => {
    try {
      work();
    } catch (error) {
      logger.warn({ err: error, step }, 'user.step_failed');
    }
  };
  const shell = existsSync(inRoot('bin/bash')) ? '/bin/bash' : '/bin/sh';
  attempt('group', () => rewrite(inRoot('etc/group'), (text) => withGroupEntry(text, user)));
  attempt('passwd', () =>
    rewrite(inRoot('etc/passwd'), (text) => withPasswdEntry(text, user, homePath, shell)),
  );
  if (existsSync(inRoot('etc/shadow'))) {
    attempt('shadow', () => rewrite(inRoot('etc/shadow'), (text) => withShadowEntry(text, user)));
  }
  attempt('sudo', () => allowSudo(inRoot, user));
  attempt('profile', () => keepImagePath(inRoot, options.imagePath));
  attempt('git', () => rewrite(inRoot('etc/gitconfig'), withPodexSettings));
  attempt('home', () => ensureHome(inRoot(homePath), inRoot('etc/skel'), user));
}

/** git of every user reads what the daemon writes there at each start. */
function withPodexSettings(text: string): string {
  const include = `[include]\n\tpath = ${GIT_SETTINGS_PATH}\n`;
  if (text.includes(include)) return text;
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${include}`;
}

/** Replaces an account file as a whole, so that a crash leaves the old or the new one; mode and owner stay. */
function rewrite(file: string, change: (text: string) => string): void {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const changed = change(text);
  if (changed === text) return;
  const temporary = `${file}.podex`;
  const { mode, uid, gid } = existsSync(file) ? statSync(file) : { mode: 0o644, uid: 0, gid: 0 };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(temporary, changed, { mode: 0o600 });
  chownSync(temporary, uid, gid);
  chmodSync(temporary, mode & 0o7777);
  renameSync(temporary, file);
}

type InRoot = (...parts: string[]) => string;

function allowSudo(inRoot: InRoot, user: WorkspaceUser): void {
  if (!existsSync(inRoot('etc/sudoers.d'))) return;
  const file = inRoot('etc/sudoers.d/podex');
  const rule = `${user.name} ALL=(ALL) NOPASSWD:ALL\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === rule) return;
  writeFileSync(file, rule, { mode: 0o440 });
}

/**
 * Debian’s /etc/profile gives every login shell a fixed PATH, so an image’s own folders (`/usr/local/go/bin`) would be lost in
 * terminals. The name sorts first: what other scripts of profile.d add is kept.
 */
function keepImagePath(inRoot: InRoot, imagePath: string | undefined): void {
  if (imagePath === undefined || !existsSync(inRoot('etc/profile.d'))) return;
  const file = inRoot('etc/profile.d/00-podex-path.sh');
  const script = `# Written by Podex: the PATH that the image sets.\nPATH='${imagePath.replaceAll("'", `'\\''`)}'\nexport PATH\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === script) return;
  writeFileSync(file, script, { mode: 0o644 });
}

/** A fresh home (empty, of root) becomes the user’s, with what /etc/skel holds. One that has files is the user’s business. */
function ensureHome(home: string, skeleton: string, user: WorkspaceUser): void {
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const { uid } = lstatSync(home);
  const isEmpty = readdirSync(home).every((name) => name === 'lost+found');
  if (isEmpty && existsSync(skeleton)) {
    cpSync(skeleton, home, { recursive: true });
    chownTree(home, user.uid, user.gid);
  } else if (uid !== user.uid) {
    chownSync(home, user.uid, user.gid);
  }
}

function chownTree(folder: string, uid: number, gid: number): void {
  lchownSync(folder, uid, gid);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const child = path.join(folder, entry.name);
    if (entry.isDirectory()) chownTree(child, uid, gid);
    else lchownSync(child, uid, gid);
  }
}
