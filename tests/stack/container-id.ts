import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { requireTestEngine } from './test-engine.ts';

const inspected = z.object({ Id: z.string() });

/** Of the container of a workspace that runs, as its engine knows it. */
export function containerIdOf(workspaceId: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({
      socketPath: requireTestEngine(),
      path: `/containers/podex-${workspaceId}/json`,
    });
    call.once('error', reject);
    call.once('response', (response) => {
      json(response).then((body) => resolve(inspected.parse(body).Id), reject);
    });
    call.end();
  });
}
