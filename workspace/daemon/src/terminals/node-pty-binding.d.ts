/** The native part of node-pty (https://github.com/microsoft/node-pty), as its own JavaScript calls it on Linux. */
declare module '@lydell/node-pty/requireBinary.js' {
  export interface NativePty {
    /** A session of its own with the terminal as its controlling one. `uid` and `gid` of -1 leave the identity as it is. */
    fork(
      file: string,
      args: readonly string[],
      environment: readonly string[],
      cwd: string,
      cols: number,
      rows: number,
      uid: number,
      gid: number,
      isUtf8: boolean,
      helperPath: string,
      onExit: (exitCode: number, signal: number) => void,
    ): { fd: number; pid: number; pty: string };
    resize(fd: number, cols: number, rows: number): void;
  }

  export function requireBinary(name: 'pty.node'): NativePty;
}
