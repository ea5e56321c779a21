import type { WorkspacePort } from '@podex/contracts/previews';
import { expect, it } from 'vitest';
import { openedPorts } from './opened-ports.ts';

const port = (number: number, isListening = true): WorkspacePort => ({
  port: number,
  is_listening: isListening,
  process: 'node',
  access: 'private',
  label: null,
  url: null,
});

it('tells of ports that listen now and did not before', () => {
  expect(openedPorts([port(1), port(2, false)], [port(1), port(2), port(3)]).map((one) => one.port)).toEqual([
    2, 3,
  ]);
  expect(openedPorts([port(1)], [port(1, false)])).toEqual([]);
});

it('tells nothing of what listened when the page was opened', () => {
  expect(openedPorts(undefined, [port(1)])).toEqual([]);
});
