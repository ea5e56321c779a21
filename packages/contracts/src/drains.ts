import { z } from 'zod';

/** How far a drain that moves workspaces is. */
export const drainProgress = z
  .object({
    moved: z.number().int().meta({ description: 'Have left since the drain began.' }),
    left: z.number().int().meta({ description: 'Are still there, in any state.' }),
    moving: z.number().int().meta({ description: 'Of these, are being copied or will be next.' }),
    waiting: z.number().int().meta({ description: 'Of these, are waited for because they run.' }),
    failed: z.number().int().meta({ description: 'Of these, could not be moved.' }),
    cleaning: z.number().int().meta({ description: 'Have left, and their old copy is still being removed.' }),
  })
  .meta({ id: 'DrainProgress' });
export type DrainProgress = z.infer<typeof drainProgress>;
