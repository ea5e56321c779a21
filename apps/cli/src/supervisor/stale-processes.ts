import type { PodexHome } from '../state/podex-home.ts';
import { isSameProcess, stopProcess } from '../state/process-identity.ts';
import { type ProcessRecord, readProcessRecords, removeProcessRecord } from '../state/run-records.ts';

const STOP_GRACE_MS = 3_000;

/**
 * Ends the services that a killed supervisor left running, all at once, and forgets those that are gone. Only
 * for the holder of the instance lock. @returns the names of those that ran.
 */
export async function stopStaleProcesses(home: PodexHome): Promise<string[]> {
  const records = await readProcessRecords(home);
  const stopped = await Promise.all(records.map((record) => stopStale(home, record)));
  return stopped.filter((name) => name !== undefined);
}

async function stopStale(home: PodexHome, record: ProcessRecord): Promise<string | undefined> {
  const ran = await isSameProcess(record);
  if (ran) await stopProcess(record, { graceMs: STOP_GRACE_MS, group: true });
  await removeProcessRecord(home, record.name);
  return ran ? record.name : undefined;
}
