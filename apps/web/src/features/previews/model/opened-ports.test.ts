import type { WorkspacePort } from '@podex/contracts/previews';
import { expect, it } from 'vitest';
import { openedPorts, takenOverPorts } from './opened-ports.ts';

const port = (number: number, isListening = true): WorkspacePort => ({
  port: number,
  is_listening: isListening,
  process: 'node',
  access: 'private',
  label: null,
  url: null,
  is_origin_shared: false,
  links_expire_at: null,
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

it('tells of another process on a port that others can open, and of no private one', () => {
  const shared = (process: string | null, isListening = true) => ({
    ...port(3, isListening),
    access: 'link' as const,
    process,
  });
  expect(takenOverPorts([shared('node')], [shared('python3')]).map((one) => one.port)).toEqual([3]);
  expect(takenOverPorts([shared('node')], [shared('node')])).toEqual([]);
  expect(takenOverPorts([port(3)], [{ ...port(3), process: 'python3' }])).toEqual([]);
  // Then it opens, which is told anyway.
  expect(takenOverPorts([shared('node', false)], [shared('python3')])).toEqual([]);
  expect(takenOverPorts(undefined, [shared('node')])).toEqual([]);
});
