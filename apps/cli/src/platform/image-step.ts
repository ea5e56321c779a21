import path from 'node:path';
import { DEFAULT_WORKSPACE_IMAGE, ensureWorkspaceImage } from '../../../../workspace/image/build.ts';
import type { CliConfig } from '../config.ts';
import { inStep, type Progress } from '../progress/progress.ts';

/**
 * Makes sure that the engine has the image of new workspaces. One that the operator names is theirs: it is
 * pulled or built by them, and nothing is done here.
 *
 * @returns the image's name.
 */
export async function prepareImage(
  config: Pick<CliConfig, 'operator' | 'cacheDirectory'>,
  socketPath: string,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<string> {
  const named = config.operator.values.COMPUTE_WORKSPACE_IMAGE;
  if (named !== undefined && named !== DEFAULT_WORKSPACE_IMAGE) return named;
  const { image } = await inStep(
    progress,
    'Workspace image',
    (step) =>
      ensureWorkspaceImage({
        endpoint: { socketPath },
        onProgress: ({ percent, message }) => step.update(`${percent}% ${message}`),
        signal,
        ...(config.cacheDirectory === undefined
          ? {}
          : { cacheDirectory: path.join(config.cacheDirectory, 'images') }),
      }),
    ({ image: name, origin }) =>
      origin === 'present' ? name : `${name} (${origin === 'built' ? 'built' : 'from the cache'})`,
  );
  return image;
}
