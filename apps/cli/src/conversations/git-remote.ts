import { execa } from 'execa';

/** Where the repository of a folder comes from; undefined when it is in none, or there is no git. */
export async function readGitRemote(folder: string): Promise<string | undefined> {
  const { stdout, failed } = await execa('git', ['-C', folder, 'remote', 'get-url', 'origin'], {
    reject: false,
    stdin: 'ignore',
  });
  return failed || stdout === '' ? undefined : stdout;
}

const SCP_FORM = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/;

/** Whether both name one repository, by whatever protocol and as whatever user. */
export function isSameRepository(one: string, other: string): boolean {
  const place = placeOf(one);
  return place !== undefined && place === placeOf(other);
}

function placeOf(remote: string): string | undefined {
  const scp = SCP_FORM.exec(remote);
  const url = scp === null ? URL.parse(remote) : URL.parse(`ssh://${scp[1]}/${scp[2]}`);
  if (url === null || url.hostname === '') return undefined;
  const path = url.pathname.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  return `${url.hostname.toLowerCase()}/${path}`;
}
