/**
 * What the daemon and its fork server (`build/machine-code/fork-server-program.ts`) say to each other over one socket. Numbers are
 * little-endian.
 *
 * To the server: `u32 length, u32 number`, and a message of that length, which it reads to `MESSAGE_ADDRESS`: `u64 count`, then so many
 * system calls of six `u64` (the call’s number and five arguments), then bytes that the arguments point to. A child of the server makes
 * them one after the other, up to an `execve`; where one fails, the child ends.
 *
 * From the server, twelve bytes a report: `u32 number, i32 pid, i32 0` when the child of that message has become its program, or a
 * negative error number in place of the pid; `u32 0, i32 pid, i32 status` when a child has ended, with the status of `wait4`.
 */
export const HEADER_BYTES = 8;
export const CALL_BYTES = 48;
export const REPORT_BYTES = 12;
/** In the server’s memory. */
export const MESSAGE_ADDRESS = 0x610000;
/** More than the kernel takes for arguments and variables together (a quarter of the stack). */
export const MAX_MESSAGE_BYTES = 4_194_304;
/** Where the server expects its end of the socket, and the first program of a workspace leaves the daemon’s. */
export const SOCKET_DESCRIPTOR = 3;
