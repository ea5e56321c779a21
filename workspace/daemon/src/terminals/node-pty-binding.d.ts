/** The native part of node-pty (https://github.com/microsoft/node-pty), as its own JavaScript calls it on Linux. */
declare module '@lydell/node-pty/requireBinary.js' {
  export interface NativePty {
    /** A new pseudoterminal: its two ends, neither of which blocks, and the name of the one for programs. */
    open(cols: number, rows: number): { master: number; slave: number; pty: string };
    resize(fd: number, cols: number, rows: number): void;
  }

  export function requireBinary(name: 'pty.node'): NativePty;
}
