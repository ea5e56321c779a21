import type { CreatedJoinToken } from '@podex/contracts/join-tokens';
import { Button } from '#components/button.tsx';
import { DialogActions } from '#components/dialog.tsx';
import { TextAreaField } from '#components/field.tsx';
import { toast } from '#components/toaster.tsx';
import { copyText } from '#lib/clipboard.ts';

/** In full: it is read before it is run as root. */
export function JoinCommand({ created, onDone }: { created: CreatedJoinToken; onDone: () => void }) {
  async function copy() {
    await copyText(created.command);
    toast.success('Command copied');
  }
  return (
    <>
      <TextAreaField
        label="Command"
        readOnly
        rows={3}
        value={created.command}
        onFocus={(event) => event.currentTarget.select()}
        className="resize-none break-all"
        hint={`Expires ${new Date(created.expires_at).toLocaleString()}.`}
      />
      <DialogActions>
        <Button onClick={() => void copy()}>Copy command</Button>
        <Button variant="primary" onClick={onDone}>
          Done
        </Button>
      </DialogActions>
    </>
  );
}
