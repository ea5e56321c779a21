/** The end of the names by which SSH clients call workspaces. */
export const SSH_DOMAIN = 'podex';
/** Of an id, where names alone are not enough. */
const SUFFIX_CHARACTERS = 6;

interface Named {
  id: string;
  name: string;
}

/** What each is called in an SSH client, by its id: `<name>.podex`, with the end of the id where several have the name, or it has no letter. */
export function sshHostsOf(workspaces: readonly Named[]): ReadonlyMap<string, string> {
  const words = workspaces.map(({ name }) => wordOf(name));
  const isEnough = (word: string) => word !== '' && words.filter((other) => other === word).length === 1;
  return new Map(
    workspaces.map(({ id }, index) => {
      const word = words[index] ?? '';
      const parts = isEnough(word) ? [word] : [word, id.slice(-SUFFIX_CHARACTERS)];
      return [id, `${parts.filter((part) => part !== '').join('-')}.${SSH_DOMAIN}`];
    }),
  );
}

/** In small letters, with hyphens for whatever no host name has. */
function wordOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
