import type { WorkspaceUser } from '../config.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface UserEnvironmentOptions {
  imageEnvironment: Readonly<Record<string, string>>;
  user: WorkspaceUser;
  homePath: string;
  shell: string;
  /** Laid over the image’s and the user’s own variables, later ones over earlier ones. */
  layers: readonly Readonly<Record<string, string>>[];
}

/** The environment of a process of the user: the image’s variables, who and where the user is, then the layers. */
export function buildUserEnvironment(options: UserEnvironmentOptions): Record<string, string> {
  const { imageEnvironment, user, homePath, shell, layers } = options;
  return Object.assign(
    { LANG: 'C.UTF-8', PATH: DEFAULT_PATH },
    imageEnvironment,
    { HOME: homePath, USER: user.name, LOGNAME: user.name, SHELL: shell },
    ...layers,
  );
}

/** Whether execve(2) can pass it on. */
export function isVariable(name: string, value: string): boolean {
  return name !== '' && !/[=\0]/.test(name) && !value.includes('\0');
}
