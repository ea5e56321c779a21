import { request } from 'node:http';
import { requireTestEngine } from './test-engine.ts';

/** As an operator with the engine’s socket, or root in the workspace, could. */
export async function signalDaemon(workspaceId: string, signal: 'STOP' | 'KILL'): Promise<void> {
  const { Id: exec } = JSON.parse(
    await callEngine(`/containers/podex-${workspaceId}/exec`, {
      Cmd: ['/bin/sh', '-c', `kill -${signal} $(pgrep -x podex-daemon)`],
      User: 'root',
    }),
  );
  await callEngine(`/exec/${exec}/start`, { Detach: true });
}

function callEngine(path: string, body: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({
      socketPath: requireTestEngine(),
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
    });
    call.once('error', reject);
    call.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.once('end', () => {
        if ((response.statusCode ?? 500) < 300) resolve(text);
        else reject(new Error(`${path}: ${response.statusCode} ${text}`));
      });
    });
    call.end(JSON.stringify(body));
  });
}
