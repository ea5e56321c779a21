import type { ChildProcess } from 'node:child_process';
import type { OutputPipe } from './output-pipe.ts';

/** All that a command needs to begin at once. */
export interface PreparedCommand {
  pipe: OutputPipe;
  /** Call it once. The process leads a session and a group of its own. */
  begin: () => ChildProcess;
  /** In place of it. */
  discard: () => void;
}
