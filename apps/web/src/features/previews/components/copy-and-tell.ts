import { toast } from '#components/toaster.tsx';
import { copyText } from '#lib/clipboard.ts';

/** Shows what could not be copied, so that it can be by hand. */
export function copyAndTell(text: string, message: string): void {
  copyText(text).then(
    () => toast.success(message),
    () => toast.error("Can't copy", { description: text }),
  );
}
