import { readdirSync, readFileSync } from 'node:fs';

/** Of a process of this machine. */
export interface ProcessFigures {
  memoryBytes: number;
  descriptors: number;
}

export function readProcessFigures(pid: number): ProcessFigures {
  const [, kilobytes = 'NaN'] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { memoryBytes: Number(kilobytes) * 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}
