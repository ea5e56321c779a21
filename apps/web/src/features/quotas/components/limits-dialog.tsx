'use client';

import type { QuotaHolder } from '@podex/contracts/quotas';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { TextField } from '#components/field.tsx';
import { Form } from '#components/form.tsx';
import { Loaded } from '#components/loaded.tsx';
import { toast } from '#components/toaster.tsx';
import { type HolderId, holderQuotasQuery, useUpdateQuotas } from '../api/quotas-query.ts';
import { LIMIT_LABELS, type LimitProblems, readLimits, UNIT_HINTS, usedText } from '../model/quota-words.ts';

interface LimitsDialogProps {
  holder: HolderId;
  onClose: () => void;
}

/** What an admin allows one person or team in place of the platform’s settings. */
export function LimitsDialog({ holder, onClose }: LimitsDialogProps) {
  const quotas = useQuery(holderQuotasQuery(holder));
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      width="lg"
      title={quotas.data === undefined ? 'Limits' : `Limits of ${quotas.data.name}`}
      description="Leave a field empty to use the platform’s setting. A lower limit stops nothing that runs: it refuses what would be more."
    >
      <Loaded query={quotas} what="the limits" height="h-64">
        {(loaded) => <LimitsForm holder={holder} loaded={loaded} onClose={onClose} />}
      </Loaded>
    </Dialog>
  );
}

function LimitsForm({ holder, loaded, onClose }: LimitsDialogProps & { loaded: QuotaHolder }) {
  const [problems, setProblems] = useState<LimitProblems>({});
  const update = useUpdateQuotas(holder);

  function onSubmit(values: FormData) {
    const read = readLimits(holder.kind, values);
    setProblems('problems' in read ? read.problems : {});
    if ('problems' in read) return;
    update.mutate(read.input, {
      onSuccess: () => {
        toast.success('Limits saved');
        onClose();
      },
    });
  }

  return (
    <Form request={update} action="Save" onCancel={onClose} onSubmit={onSubmit}>
      <div className="grid gap-4 sm:grid-cols-2">
        {loaded.quotas.map((use) => (
          <TextField
            key={use.quota}
            label={[LIMIT_LABELS[use.quota], UNIT_HINTS[use.unit]].filter((text) => text !== '').join(', ')}
            name={use.quota}
            inputMode="decimal"
            hint={`Uses ${usedText(use)}`}
            placeholder={use.is_own ? undefined : use.max === null ? 'No limit' : String(use.max)}
            defaultValue={use.is_own && use.max !== null ? String(use.max) : ''}
            error={problems[use.quota]}
          />
        ))}
      </div>
    </Form>
  );
}
