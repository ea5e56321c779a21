/** Folders of programs for administrators, which the PATH of a plain root shell may lack. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The environment for programs such as dockerd, ip and iptables: this process's, with their folders in PATH. */
export function systemEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const folders = (environment.PATH ?? '/usr/bin:/bin').split(':');
  const missing = SYSTEM_FOLDERS.filter((folder) => !folders.includes(folder));
  return { ...environment, PATH: [...folders, ...missing].join(':') };
}
