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

/** Ports whose process is another than before while others can open them: access stays with the number of a port. */
export function takenOverPorts(
  before: readonly WorkspacePort[] | undefined,
  now: readonly WorkspacePort[],
): WorkspacePort[] {
  const processes = new Map(
    (before ?? []).filter((one) => one.is_listening).map((one) => [one.port, one.process]),
  );
  return now.filter(
    ({ port, process, access, is_listening: isListening }) =>
      isListening && access !== 'private' && processes.has(port) && processes.get(port) !== process,
  );
}
