import type { SystemUser } from '../machine/system-user.ts';

/** Whom a process runs as, and with how little. */
export interface ProcessUser extends SystemUser {
  /** Ids of the groups it is in besides its own. */
  groups: readonly number[];
  /** It listens on a port that is root’s to give, like 443: the one right of root’s that it keeps. */
  bindsLowPort: boolean;
}

interface Command {
  program: string;
  arguments: readonly string[];
}

/** The command as that user’s: no capability but the one it needs, and no way to get one from a program it runs. */
export function commandAs(user: ProcessUser | undefined, command: Command): Command {
  if (user === undefined) return command;
  const lowPort = ['--inh-caps=-all,+net_bind_service', '--ambient-caps=-all,+net_bind_service'];
  return {
    program: 'setpriv',
    arguments: [
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      user.groups.length === 0 ? '--clear-groups' : `--groups=${user.groups.join(',')}`,
      '--no-new-privs',
      ...(user.bindsLowPort ? lowPort : ['--inh-caps=-all', '--ambient-caps=-all']),
      '--',
      command.program,
      ...command.arguments,
    ],
  };
}
