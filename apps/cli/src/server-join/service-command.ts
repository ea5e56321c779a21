/** Flags that cannot stand on the command line when the file sets the same, with or without a value of their own. */
const WITH_VALUE = new Set(['-H', '--host', '--tlscacert', '--tlscert', '--tlskey']);
const WITHOUT_VALUE = new Set(['--tls', '--tlsverify', '--live-restore']);
const LISTENERS = new Set(['-H', '--host']);
const CONFIG_FILE = '--config-file';

export interface ServiceCommand {
  /** The command without what goes into the file. */
  command: string;
  /** Listeners that it named; the socket of systemd is none, since the file names one. */
  hosts: string[];
  configFile: string | undefined;
  /** Whether anything was left out. */
  isChanged: boolean;
}

/** How systemd starts the engine, by `systemctl show --property=ExecStart`; undefined when it is no docker engine. */
export function parseServiceCommand(shown: string): ServiceCommand | undefined {
  const words = /argv\[\]=(.*?) ;/.exec(shown)?.[1]?.split(/\s+/) ?? [];
  if (!/(^|\/)dockerd$/.test(words[0] ?? '')) return undefined;
  const all = readArguments(words);
  const kept = all.filter(({ flag }) => !WITH_VALUE.has(flag) && !WITHOUT_VALUE.has(flag));
  const valuesOf = (wanted: (flag: string) => boolean) =>
    all.flatMap(({ flag, value }) => (wanted(flag) && value !== undefined ? [value] : []));
  return {
    command: kept.flatMap((argument) => argument.words).join(' '),
    hosts: valuesOf((flag) => LISTENERS.has(flag)).filter((host) => !host.startsWith('fd:')),
    configFile: valuesOf((flag) => flag === CONFIG_FILE)[0],
    isChanged: kept.length < all.length,
  };
}

/** A drop-in of systemd in which an empty `ExecStart` takes the former one away. */
export function overrideText(command: string, configFile: string): string {
  return [
    `# Written by podex servers join: where the engine listens stands in ${configFile}.`,
    '[Service]',
    'ExecStart=',
    `ExecStart=${command}`,
    '',
  ].join('\n');
}

interface Argument {
  flag: string;
  value: string | undefined;
  /** As it stands on the command line. */
  words: string[];
}

function readArguments(words: readonly string[]): Argument[] {
  const found: Argument[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const next = words[index + 1];
    const at = word.startsWith('-') ? word.indexOf('=') : -1;
    const flag = at < 0 ? word : word.slice(0, at);
    const takesNext = at < 0 && next !== undefined && (WITH_VALUE.has(flag) || flag === CONFIG_FILE);
    if (takesNext) index += 1;
    const value = at < 0 ? undefined : word.slice(at + 1);
    found.push(takesNext ? { flag, value: next, words: [word, next] } : { flag, value, words: [word] });
  }
  return found;
}
