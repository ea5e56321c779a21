import { z } from 'zod';
import type { CallOptions, EngineClient } from './client.ts';

const TIMEOUT_MS = 10_000;

const listing = z.object({
  Volumes: z
    .array(
      z.object({
        Name: z.string(),
        CreatedAt: z.string().optional(),
        Labels: z.record(z.string(), z.string()).nullable(),
      }),
    )
    .nullable(),
});

export interface Volume {
  name: string;
  createdAtMs: number;
}

/** A volume that exists already is left as it is. */
export async function createVolume(
  client: EngineClient,
  name: string,
  labels: Record<string, string>,
  options: CallOptions = {},
): Promise<void> {
  await client.send({
    call: 'volume.create',
    method: 'POST',
    path: '/volumes/create',
    body: { Name: name, Labels: labels },
    timeoutMs: TIMEOUT_MS,
    ...options,
  });
}

export async function listVolumes(
  client: EngineClient,
  label: string,
  options: CallOptions = {},
): Promise<Volume[]> {
  const response = await client.request(listing, {
    call: 'volume.list',
    method: 'GET',
    path: '/volumes',
    query: { filters: JSON.stringify({ label: [label] }) },
    timeoutMs: TIMEOUT_MS,
    ...options,
  });
  if (response.status !== 'ok') return [];
  return (response.value.Volumes ?? []).map(({ Name, CreatedAt }) => ({
    name: Name,
    createdAtMs: Date.parse(CreatedAt ?? '') || 0,
  }));
}

/** @returns false when a container still uses it. */
export async function removeVolume(
  client: EngineClient,
  name: string,
  options: CallOptions = {},
): Promise<boolean> {
  const response = await client.send({
    call: 'volume.remove',
    method: 'DELETE',
    path: `/volumes/${encodeURIComponent(name)}`,
    expected: [404, 409],
    timeoutMs: TIMEOUT_MS,
    ...options,
  });
  return response.status !== 409;
}
