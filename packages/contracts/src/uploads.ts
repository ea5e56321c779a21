import { z } from 'zod';
import { filePath } from './files.ts';
import { uploadId } from './ids.ts';
import { opaqueText, wholeNumber } from './text.ts';

/** Of an upload of which nothing more comes. */
export const UPLOAD_LIFETIME_MS = 24 * 3_600_000;
/** Uploads of one workspace that have not ended. */
export const UPLOADS_MAX = 100;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Whether a browser may make a file of that name: it says where the file goes, and nobody has read it. */
export function isUploadPath(path: string): boolean {
  return !CONTROL.test(path) && !path.split('/').some((part) => part === '.' || part === '..');
}

const condition = opaqueText(200).optional();

export const createUploadInput = z
  .object({
    path: filePath.refine(isUploadPath, 'must have no control characters and no `.` or `..` in it'),
    size: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).meta({ description: 'Bytes of the whole.' }),
    if_match: condition.meta({ description: 'The `etag` of the file that it replaces.' }),
    if_none_match: z.literal('*').optional().meta({ description: 'Only where no file is.' }),
  })
  .meta({ id: 'CreateUpload' });
export type CreateUploadInput = z.infer<typeof createUploadInput>;

export const upload = z
  .object({
    upload_id: uploadId,
    path: z.string(),
    size: z.number().int(),
    offset: z.number().int().meta({ description: 'Bytes that have arrived: the next ones begin here.' }),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Upload' });
export type Upload = z.infer<typeof upload>;

export const appendUploadQuery = z.object({
  offset: wholeNumber.meta({ description: 'Where the body begins: the `offset` of the upload.' }),
});
