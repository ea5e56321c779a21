import type { CommandId } from '@podex/contracts/ids';
import type { LaunchedProcess } from '../spawning/fork-server.ts';

/** Where a command writes, a pipe or a terminal. */
export interface CommandOutput {
  /** Ends when nothing more can come. */
  output: AsyncIterable<Buffer>;
  /** This process’s own hold on the command’s end of it. */
  closeEnd(): void;
}

/** A command line in a terminal of its own. */
export interface TerminalCommand {
  id: CommandId;
  name: string;
  argv: readonly string[];
  cwd: string;
  environment: Readonly<Record<string, string>>;
  cols: number;
  rows: number;
}

/** All that a command needs to begin at once. */
export interface PreparedCommand {
  pipe: CommandOutput;
  /** Call it once. The process leads a session and a group of its own. @throws what keeps the kernel from starting it. */
  begin: () => Promise<LaunchedProcess>;
  /** In place of it. */
  discard: () => void;
}
