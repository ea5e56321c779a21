import type { Command } from '@podex/contracts/commands';
import { command } from '@podex/contracts/commands';
import { type CommandId, newId } from '@podex/contracts/ids';
import type { Person } from './person.ts';

/** What people do with a workspace, as one call each, with a person’s token over the public API. */
export async function createRunningWorkspace(person: Person, name: string): Promise<string> {
  const { data } = await person.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 60_000 } },
    body: { name, size: 'small' },
  });
  if (data?.status !== 'running') throw new Error(`the workspace is ${data?.status}: ${data?.reason}`);
  return data.id;
}

export async function deleteWorkspace(person: Person, workspaceId: string): Promise<void> {
  await person.client.DELETE('/api/workspaces/{workspace_id}', {
    params: { path: { workspace_id: workspaceId } },
  });
}

export async function runToEnd(
  person: Person,
  workspaceId: string,
  line: string,
  id: CommandId = newId('command'),
): Promise<Command> {
  const { data } = await person.client.PUT('/api/workspaces/{workspace_id}/commands/{command_id}', {
    params: { path: { workspace_id: workspaceId, command_id: id }, query: { wait_ms: 60_000 } },
    body: { command: line },
  });
  return command.parse(data);
}

/** Starts it and does not wait for its end. */
export async function beginCommand(person: Person, workspaceId: string, line: string): Promise<CommandId> {
  const id = newId('command');
  await person.client.PUT('/api/workspaces/{workspace_id}/commands/{command_id}', {
    params: { path: { workspace_id: workspaceId, command_id: id }, query: { wait_ms: 0 } },
    body: { command: line, background: true },
  });
  return id;
}

/** A command that was started before, as it is now. */
export async function lookAtCommand(person: Person, workspaceId: string, id: CommandId): Promise<Command> {
  const { data } = await person.client.GET('/api/workspaces/{workspace_id}/commands/{command_id}', {
    params: { path: { workspace_id: workspaceId, command_id: id }, query: { wait_ms: 0 } },
  });
  return command.parse(data);
}

export async function readText(person: Person, workspaceId: string, path: string): Promise<string> {
  const { data } = await person.client.GET('/api/workspaces/{workspace_id}/files/content', {
    params: { path: { workspace_id: workspaceId }, query: { path } },
    parseAs: 'text',
  });
  return data ?? '';
}

export async function writeText(
  person: Person,
  workspaceId: string,
  path: string,
  text: string,
): Promise<void> {
  await person.client.PUT('/api/workspaces/{workspace_id}/files/content', {
    params: { path: { workspace_id: workspaceId }, query: { path } },
    body: text,
    bodySerializer: (body) => body,
    headers: { 'content-type': 'application/octet-stream' },
  });
}

/** Begins one and sends nothing of it. */
export async function beginUpload(person: Person, workspaceId: string): Promise<string> {
  const id = newId('upload');
  await person.client.PUT('/api/workspaces/{workspace_id}/files/uploads/{upload_id}', {
    params: { path: { workspace_id: workspaceId, upload_id: id } },
    body: { path: 'uploaded.txt', size: 5 },
  });
  return id;
}

export async function openTerminal(person: Person, workspaceId: string): Promise<string> {
  const { data } = await person.client.POST('/api/workspaces/{workspace_id}/terminals', {
    params: { path: { workspace_id: workspaceId } },
    body: { cols: 100, rows: 30 },
  });
  if (!data) throw new Error('no terminal');
  return data.id;
}
