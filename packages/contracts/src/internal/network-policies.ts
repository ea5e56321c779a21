import { z } from 'zod';
import { networkMode } from '../network-policies.ts';

/**
 * `GET /internal/servers/{id}/network-policies` → serverNetworkPolicies: what compute holds the workspaces of a server to. Those without
 * a policy (`open`) are not among them.
 */
export const serverNetworkPolicies = z.object({
  revision: z.number().int().meta({
    description:
      'Of all policies; greater after each change. On a server older ones never replace newer ones.',
  }),
  items: z.array(
    z.object({
      storage_key: z.string().meta({ description: 'By which the container of the workspace is known.' }),
      mode: networkMode,
      allow: z.array(z.string()),
    }),
  ),
});
export type ServerNetworkPolicies = z.infer<typeof serverNetworkPolicies>;
