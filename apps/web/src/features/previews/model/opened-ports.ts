import type { WorkspacePort } from '@podex/contracts/previews';

/** Ports that listen now and did not before. What listened when the page was opened is no news. */
export function openedPorts(
  before: readonly WorkspacePort[] | undefined,
  now: readonly WorkspacePort[],
): WorkspacePort[] {
  if (before === undefined) return [];
  const listened = new Set(before.filter((one) => one.is_listening).map(({ port }) => port));
  return now.filter(({ port, is_listening: isListening }) => isListening && !listened.has(port));
}
