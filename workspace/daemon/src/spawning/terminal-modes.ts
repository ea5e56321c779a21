/** `man 3 termios`; the numbers are the same on x64 and arm64. */
const [BRKINT, ICRNL, IXON, IXANY, IMAXBEL, IUTF8] = [0x2, 0x100, 0x400, 0x800, 0x2000, 0x4000];
const [OPOST, ONLCR] = [0x1, 0x4];
const [B38400, CS8, CREAD, HUPCL] = [0xf, 0x30, 0x80, 0x400];
const [ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHOCTL, ECHOKE, IEXTEN] = [
  0x1, 0x2, 0x8, 0x10, 0x20, 0x200, 0x800, 0x8000,
];
/** From VINTR on: ^C ^\\ DEL ^U ^D, then the time and number of a raw read, ^Q ^S ^Z, none, ^R ^O ^W ^V, none. */
const CONTROL_CHARACTERS = [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0];
const FLAGS_BYTES = 16;

/** The kernel’s `struct termios` of a new terminal, as xterm and node-pty begin: lines are edited, and a character of UTF-8 is one. */
export function terminalModes(): Uint8Array {
  const modes = Buffer.alloc(FLAGS_BYTES + 1 + CONTROL_CHARACTERS.length);
  modes.writeUInt32LE(BRKINT | ICRNL | IXON | IXANY | IMAXBEL | IUTF8, 0);
  modes.writeUInt32LE(OPOST | ONLCR, 4);
  modes.writeUInt32LE(B38400 | CS8 | CREAD | HUPCL, 8);
  modes.writeUInt32LE(ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN, 12);
  modes.set(CONTROL_CHARACTERS, FLAGS_BYTES + 1);
  return modes;
}
