import { randomBytes } from 'node:crypto';
import { runToEnd } from '../tests/stack/workspace-actions.ts';
import type { Subject } from './measures.ts';
import { type Measured, measureInTurns } from './statistics.ts';

/** A stopped workspace to its first command, against `docker start` of a stopped container and a `docker exec` in it. */
export async function resume(
  { person, docker, image, workspaceId }: Subject,
  rounds: number,
): Promise<Measured> {
  const container = `podex-bench-resume-${randomBytes(4).toString('hex')}`;
  await docker.run(['create', '--runtime=runsc', '--init', '--name', container, image, 'sleep', 'infinity']);
  const params = { path: { workspace_id: workspaceId }, query: { wait_ms: 60_000 } };
  const stop = async () => {
    const { data } = await person.client.POST('/api/workspaces/{workspace_id}/stop', { params });
    if (data?.status !== 'stopped') throw new Error('It did not stop.');
  };
  try {
    await stop();
    return await measureInTurns(rounds, {
      raw: async () => {
        await docker.run(['start', container]);
        await docker.run(['exec', container, 'true']);
        return async () => void (await docker.run(['stop', '--time', '0', container]));
      },
      ours: async () => {
        const { data } = await person.client.POST('/api/workspaces/{workspace_id}/start', { params });
        if (data?.status !== 'running') throw new Error('It did not start.');
        await runToEnd(person, workspaceId, 'true');
        return stop;
      },
    });
  } finally {
    await docker.run(['rm', '--force', container]);
    await person.client.POST('/api/workspaces/{workspace_id}/start', { params });
  }
}
