/** Above it a process of its own is faster: bash reads what is not a file one byte at a time. */
const MAX_SCRIPT_BYTES = 8_192;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Variables that bash reads when it starts, or that it does not let a script set. */
const OF_THE_SHELL =
  /^(BASH.*|SHELLOPTS|ENV|POSIXLY_CORRECT|IFS|LANG|LANGUAGE|LC_.*|UID|EUID|PPID|GROUPS|DIRSTACK|FUNCNAME|FUNCNEST|OPT.*|HIST.*|PWD|OLDPWD|SHLVL|RANDOM|SECONDS|LINENO|EPOCH.*|SRANDOM|PIPESTATUS|COMP_.*|PODEX_(PREPARATION|COMMAND)|_)$/;

export interface ScriptedCommand {
  command: string;
  cwd: string;
  /** What the shell was started with. */
  base: Readonly<Record<string, string>>;
  environment: Readonly<Record<string, string>>;
}

/**
 * What brings a shell that runs already to where `bash -c command` would begin: folder and variables. Undefined when only a new process
 * would see the same.
 */
export function preparationOf({ command, cwd, base, environment }: ScriptedCommand): string | undefined {
  const lines = [`cd -P -- ${quote(cwd)} || exit 126`, 'unset OLDPWD'];
  for (const name of Object.keys(base)) if (!(name in environment)) return undefined;
  for (const [name, value] of Object.entries(environment)) {
    if (base[name] === value) continue;
    if (!IDENTIFIER.test(name) || OF_THE_SHELL.test(name)) return undefined;
    lines.push(`export ${name}=${quote(value)}`);
  }
  const preparation = lines.join('; ');
  const isSendable = !/\0/.test(command + preparation);
  return isSendable && Buffer.byteLength(preparation + command) <= MAX_SCRIPT_BYTES ? preparation : undefined;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
