import { z } from 'zod';

export const dependencyHealth = z.object({
  ok: z.boolean(),
  detail: z.string().optional(),
  latency_ms: z.number().optional(),
});

/**
 * Strangers are told whether each dependency works; who and why is for bearers of an internal key or METRICS_TOKEN: `version`,
 * `detail`, `latency_ms`.
 *
 * `ok` is false, and the answer 503, when a dependency the service cannot work without is down.
 */
export const health = z
  .object({
    ok: z.boolean(),
    service: z.string(),
    version: z.string().optional(),
    uptime_seconds: z.number(),
    dependencies: z.record(z.string(), dependencyHealth),
  })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof health>;
export type DependencyHealth = z.infer<typeof dependencyHealth>;

export const computeHealth = health
  .extend({
    servers: z
      .array(
        z.object({ id: z.string(), name: z.string(), status: z.string(), reason: z.string().nullable() }),
      )
      .optional()
      .meta({ description: 'For admins and bearers of METRICS_TOKEN.' }),
  })
  .meta({ id: 'ComputeHealth' });
