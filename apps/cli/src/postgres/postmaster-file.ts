/** What a running database says about itself in `postmaster.pid`. */
export interface Postmaster {
  pid: number;
  port: number;
  isReady: boolean;
}

/**
 * Reads the text of `postmaster.pid`. Its lines: pid, data folder, start time, port, socket folder, listen
 * address, shared memory key, status (`ready` once it takes connections). Undefined while it is being written.
 */
export function parsePostmasterFile(text: string): Postmaster | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 1 || !Number.isInteger(port) || port <= 0) return undefined;
  return { pid, port, isReady: lines[7] === 'ready' };
}
