import {
  chmod,
  chown,
  cp,
  lchown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
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
 */
export async function ensureUser(options: EnsureUserOptions): Promise<void> {
  const { user, homePath, logger, rootPath = '/' } = options;
  const inRoot = (...parts: string[]) => path.join(rootPath, ...parts);
  const attempt = async (step: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      logger.warn({ err: error, step }, 'user.step_failed');
    }
  };
  const shell = (await exists(inRoot('bin/bash'))) ? '/bin/bash' : '/bin/sh';
  await attempt('group', () => rewrite(inRoot('etc/group'), (text) => withGroupEntry(text, user)));
  await attempt('passwd', () =>
    rewrite(inRoot('etc/passwd'), (text) => withPasswdEntry(text, user, homePath, shell)),
  );
  if (await exists(inRoot('etc/shadow'))) {
    await attempt('shadow', () => rewrite(inRoot('etc/shadow'), (text) => withShadowEntry(text, user)));
  }
  await attempt('sudo', () => allowSudo(inRoot, user));
  await attempt('profile', () => keepImagePath(inRoot, options.imagePath));
  await attempt('home', () => ensureHome(inRoot(homePath), inRoot('etc/skel'), user));
}

/** Replaces an account file as a whole, so that a crash leaves the old or the new one; mode and owner stay. */
async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  const text = (await exists(file)) ? await readFile(file, 'utf8') : '';
  const changed = change(text);
  if (changed === text) return;
  const temporary = `${file}.podex`;
  const { mode, uid, gid } = (await exists(file)) ? await stat(file) : { mode: 0o644, uid: 0, gid: 0 };
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(temporary, changed, { mode: 0o600 });
  await chown(temporary, uid, gid);
  await chmod(temporary, mode & 0o7777);
  await rename(temporary, file);
}

type InRoot = (...parts: string[]) => string;

async function allowSudo(inRoot: InRoot, user: WorkspaceUser): Promise<void> {
  if (!(await exists(inRoot('etc/sudoers.d')))) return;
  const file = inRoot('etc/sudoers.d/podex');
  const rule = `${user.name} ALL=(ALL) NOPASSWD:ALL\n`;
  if ((await exists(file)) && (await readFile(file, 'utf8')) === rule) return;
  await writeFile(file, rule, { mode: 0o440 });
}

/**
 * Debian’s /etc/profile gives every login shell a fixed PATH, so an image’s own folders (`/usr/local/go/bin`) would be lost in
 * terminals. The name sorts first: what other scripts of profile.d add is kept.
 */
async function keepImagePath(inRoot: InRoot, imagePath: string | undefined): Promise<void> {
  if (imagePath === undefined || !(await exists(inRoot('etc/profile.d')))) return;
  const file = inRoot('etc/profile.d/00-podex-path.sh');
  const script = `# Written by Podex: the PATH that the image sets.\nPATH='${imagePath.replaceAll("'", `'\\''`)}'\nexport PATH\n`;
  if ((await exists(file)) && (await readFile(file, 'utf8')) === script) return;
  await writeFile(file, script, { mode: 0o644 });
}

/** A fresh home (empty, of root) becomes the user’s, with what /etc/skel holds. One that has files is the user’s business. */
async function ensureHome(home: string, skeleton: string, user: WorkspaceUser): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o755 });
  const { uid } = await lstat(home);
  const isEmpty = (await readdir(home)).every((name) => name === 'lost+found');
  if (isEmpty && (await exists(skeleton))) {
    await cp(skeleton, home, { recursive: true });
    await chownTree(home, user.uid, user.gid);
  } else if (uid !== user.uid) {
    await chown(home, user.uid, user.gid);
  }
}

async function chownTree(folder: string, uid: number, gid: number): Promise<void> {
  await lchown(folder, uid, gid);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const child = path.join(folder, entry.name);
    if (entry.isDirectory()) await chownTree(child, uid, gid);
    else await lchown(child, uid, gid);
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch {
    return false;
  }
}
