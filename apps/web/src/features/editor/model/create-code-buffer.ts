import { CodeBuffer } from './code-buffer.ts';
import type { CreateTextBuffer } from './open-files.ts';

export const createCodeBuffer: CreateTextBuffer = (path, file, onDirtyChange) => {
  const buffer = new CodeBuffer(path, file, onDirtyChange);
  // Without its colours a file is edited all the same.
  buffer.loadLanguage(path).catch(() => undefined);
  return buffer;
};
