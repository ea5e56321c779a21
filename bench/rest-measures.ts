import { pause } from '@podex/service-kit/waiting';
import { z } from 'zod';
import { cpuSeconds } from '../tests/stack/control-groups.ts';
import { runToEnd } from '../tests/stack/workspace-actions.ts';
import type { Subject } from './measures.ts';
import { type Measured, measureInTurns } from './statistics.ts';

/** Of slots: they are visited within it, and frozen again. */
const SETTLE_MS = 15_000;

export interface IdleCpu {
  /** Percent of a core. */
  ours: number;
  raw: number;
}

/** What a ready slot uses while nobody takes it, against a plain `sleep infinity` under the same runtime. */
export async function idleSlot(
  { stack, docker, rawContainer }: Pick<Subject, 'stack' | 'docker' | 'rawContainer'>,
  seconds: number,
): Promise<IdleCpu> {
  const rows = await stack.postgres.run("select container_id from pool_slot where status = 'ready'");
  const slots = z.array(z.object({ container_id: z.string() })).parse(rows);
  const raw = (await docker.run(['inspect', '--format', '{{.Id}}', rawContainer])).trim();
  const used = async (): Promise<{ slots: number; raw: number }> => {
    const each = await Promise.all(slots.map(({ container_id: id }) => cpuSeconds(id)));
    return { slots: each.reduce((sum, one) => sum + one, 0), raw: await cpuSeconds(raw) };
  };
  await pause(SETTLE_MS);
  const before = await used();
  await pause(seconds * 1000);
  const after = await used();
  return {
    ours: ((after.slots - before.slots) / slots.length / seconds) * 100,
    raw: ((after.raw - before.raw) / seconds) * 100,
  };
}

/** From the request that resumes a paused workspace until it runs, against a raw `docker exec`. It runs afterwards. */
export async function thaw(
  { person, docker, rawContainer, workspaceId }: Subject,
  rounds: number,
): Promise<Measured> {
  const act = async (verb: 'pause' | 'start', status: string): Promise<void> => {
    const { data } = await person.client.POST(`/api/workspaces/{workspace_id}/${verb}`, {
      params: { path: { workspace_id: workspaceId }, query: { wait_ms: 30_000 } },
    });
    if (data?.status !== status) throw new Error(`it is ${data?.status} and not ${status}`);
  };
  await act('pause', 'paused');
  const measured = await measureInTurns(rounds, {
    raw: async () => {
      await docker.run(['exec', rawContainer, 'true']);
    },
    ours: async () => {
      await act('start', 'running');
      return async () => {
        await runToEnd(person, workspaceId, 'true');
        await act('pause', 'paused');
      };
    },
  });
  await act('start', 'running');
  return measured;
}
