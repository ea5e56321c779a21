import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { bodyDeadlineMs } from './forwarded-paths.ts';

it.each([
  ['/api/workspaces/ws_1/files/content?path=a', undefined],
  ['/api/workspaces/ws_1/commands/cmd_1/output', undefined],
  ['/api/workspaces/ws_1/filesystem', 30_000],
  ['/api/workspaces?x=/api/workspaces/ws_1/files', 30_000],
  ['/api/auth/sign-in/email', 30_000],
  ['/api/workspaces/ws_1/files/../../../auth/sign-in/email', 30_000],
  ['/api/workspaces/ws_1/files/%2e%2e/.%2E/%2e./tokens', 30_000],
  ['/api/workspaces/ws_1/files/..\\..\\..\\tokens', 30_000],
  ['/internal/workspaces/claim', 30_000],
])('bounds the body of %s by %s ms', (url, deadlineMs) => {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  expect(bodyDeadlineMs(request)).toBe(deadlineMs);
});
