import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import type { PodexHome } from './podex-home.ts';
import { isSameProcess, processIdentity, readProcFile } from './process-identity.ts';

/** A process that the supervisor started, so that the next one can find it if the supervisor is killed. */
const processRecord = processIdentity.extend({
  name: z.string(),
  started_at: z.iso.datetime(),
  restarts: z.number().int(),
});
export type ProcessRecord = z.infer<typeof processRecord>;

const supervisorRecord = processIdentity.extend({
  started_at: z.iso.datetime(),
  phase: z.enum(['starting', 'running', 'stopping']),
  url: z.string(),
  host: z.string(),
  ports: z.object({ web: z.number(), api: z.number(), agent: z.number(), compute: z.number() }),
  engine_socket: z.string().nullable(),
  database: z.enum(['embedded', 'external']),
});
export type SupervisorRecord = z.infer<typeof supervisorRecord>;

const SUPERVISOR_FILE = 'supervisor.json';

function processFile(home: PodexHome, name: string): string {
  return path.join(home.runDirectory, `process-${name}.json`);
}

export function writeProcessRecord(home: PodexHome, record: ProcessRecord): Promise<void> {
  return writeJsonFile(processFile(home, record.name), record, 0o600);
}

export function removeProcessRecord(home: PodexHome, name: string): Promise<void> {
  return rm(processFile(home, name), { force: true });
}

/** Whatever was recorded and not removed, alive or not. */
export async function readProcessRecords(home: PodexHome): Promise<ProcessRecord[]> {
  const names = await readdir(home.runDirectory).catch(() => []);
  const records = await Promise.all(
    names
      .filter((name) => /^process-.+\.json$/.test(name))
      .map((name) => readJsonFile(path.join(home.runDirectory, name), processRecord)),
  );
  return records.filter((record) => record !== undefined);
}

export function writeSupervisorRecord(home: PodexHome, record: SupervisorRecord): Promise<void> {
  return writeJsonFile(path.join(home.runDirectory, SUPERVISOR_FILE), record, 0o600);
}

export function removeSupervisorRecord(home: PodexHome): Promise<void> {
  return rm(path.join(home.runDirectory, SUPERVISOR_FILE), { force: true });
}

/**
 * The supervisor that runs on this home; undefined when none does. The recorded pid alone is not believed:
 * the process must have started at the recorded moment and be a `podex up`.
 */
export async function findSupervisor(home: PodexHome): Promise<SupervisorRecord | undefined> {
  const record = await readJsonFile(path.join(home.runDirectory, SUPERVISOR_FILE), supervisorRecord);
  if (!record || !(await isSameProcess(record))) return undefined;
  const commandLine = await readProcFile(`/proc/${record.pid}/cmdline`);
  return commandLine && isSupervisorCommand(commandLine) ? record : undefined;
}

/** Whether the arguments of a process, as `/proc/<pid>/cmdline` has them, are those of `podex up`. */
export function isSupervisorCommand(commandLine: string): boolean {
  const [, script = '', ...rest] = commandLine.split('\0');
  return script.endsWith('apps/cli/src/main.ts') && rest.includes('up');
}
