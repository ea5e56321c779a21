import { REPLACE_BODY_BYTES_MAX } from '@podex/contracts/limits';
import { previewReplaceInput, replaceInput } from '@podex/contracts/replacing';
import { type Route, readJson } from '../http/router.ts';
import { previewReplace, type ReplaceOptions, replaceInFiles } from './replace-in-files.ts';

/** Replacing in many files, with the rights of this process. */
export function replaceRoutes(options: Omit<ReplaceOptions, 'signal'>): Route[] {
  return [
    {
      method: 'POST',
      path: '/files/replace/preview',
      async answer({ request, signal }) {
        const input = await readJson(request, previewReplaceInput, REPLACE_BODY_BYTES_MAX);
        return { status: 200, body: await previewReplace(input, { ...options, signal }) };
      },
    },
    {
      method: 'POST',
      path: '/files/replace',
      async answer({ request, signal }) {
        const input = await readJson(request, replaceInput, REPLACE_BODY_BYTES_MAX);
        return { status: 200, body: await replaceInFiles(input, { ...options, signal }) };
      },
    },
  ];
}
