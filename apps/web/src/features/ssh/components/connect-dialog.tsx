'use client';

import { WORKSPACE_HOME_PATH } from '@podex/contracts/internal/daemon';
import { Copy } from 'lucide-react';
import Link from 'next/link';
import { Button, buttonClass } from '#components/button.tsx';
import { Dialog, DialogActions } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { toast } from '#components/toaster.tsx';
import { copyText } from '#lib/clipboard.ts';
import { paths } from '#lib/paths.ts';

interface ConnectDialogProps {
  /** By which SSH clients call the workspace. */
  host: string;
  workspaceId: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** What to type on one’s own computer. */
export function ConnectDialog({ host, workspaceId, isOpen, onOpenChange }: ConnectDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title="Connect with SSH"
      description={
        <>
          For terminals and editors on your computer, with the podex command there. Your keys are on{' '}
          <Link href={paths.account()} className="text-accent hover:underline">
            your account page
          </Link>
          ; the command adds one by itself.
        </>
      }
      width="lg"
    >
      <div className="flex flex-col gap-4">
        <CommandLine label="Sign in, once" command={`podex login --url ${window.location.origin}`} />
        <CommandLine
          label="Open a shell"
          command={`podex ssh ${workspaceId}`}
          hint="Starts the workspace when it does not run."
        />
        <CommandLine
          label="Set up ssh, scp, rsync and editors"
          command="podex ssh-config --all --write"
          hint={`Then use ${host} as the host name. Run it again for new workspaces.`}
        />
      </div>
      <DialogActions>
        <a className={buttonClass()} href={`vscode://vscode-remote/ssh-remote+${host}${WORKSPACE_HOME_PATH}`}>
          Open in VS Code
        </a>
        <Button variant="primary" onClick={() => onOpenChange(false)}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function CommandLine({ label, command, hint }: { label: string; command: string; hint?: string }) {
  async function copy() {
    await copyText(command);
    toast.success('Command copied');
  }
  return (
    <div className="flex items-start gap-2">
      <div className="min-w-0 flex-1">
        <TextField
          label={label}
          readOnly
          value={command}
          onFocus={(event) => event.currentTarget.select()}
          className="font-mono"
          hint={hint}
        />
      </div>
      <Button size="icon" className="mt-6 size-8" aria-label={`Copy: ${label}`} onClick={() => void copy()}>
        <Copy aria-hidden className="size-4" />
      </Button>
    </div>
  );
}
