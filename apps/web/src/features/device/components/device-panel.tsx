'use client';

import type { DeviceDecision, DeviceRequest } from '@podex/contracts/devices';
import { userCode } from '@podex/contracts/devices';
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX } from 'lucide-react';
import { useSearchParams } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { TextField } from '#components/field.tsx';
import { RequestError } from '#components/form.tsx';
import { Notice } from '#components/notice.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { messageOf } from '#lib/api-client.ts';
import { countOf } from '#lib/format.ts';
import { deviceRequestQuery, useDecideDevice } from '../api/device-query.ts';
import { formatTypedCode, readUserCode } from '../model/user-code-text.ts';

/** Where a person lets a program in that shows a code, such as `podex login`. */
export function DevicePanel() {
  const given = readUserCode(useSearchParams().get('user_code'));
  const [code, setCode] = useState(given);
  if (code === undefined) return <CodeForm onCode={setCode} />;
  return <RequestOfCode key={code} code={code} onOtherCode={() => setCode(undefined)} />;
}

function CodeForm({ onCode }: { onCode: (code: string) => void }) {
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState<string>();

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const isComplete = userCode.safeParse(typed).success;
    setProblem(isComplete ? undefined : 'Enter all eight letters.');
    if (isComplete) onCode(typed);
  }

  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
      <h1 className="font-semibold text-xl tracking-tight">Sign in a program</h1>
      <TextField
        label="Code"
        hint="The eight letters that your terminal shows."
        error={problem}
        value={typed}
        onChange={(event) => setTyped(formatTypedCode(event.currentTarget.value))}
        autoFocus
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        placeholder="BCDF-GHJK"
        className="font-mono tracking-widest"
      />
      <Button type="submit" variant="primary" size="lg">
        Continue
      </Button>
    </form>
  );
}

interface RequestOfCodeProps {
  code: string;
  onOtherCode: () => void;
}

function RequestOfCode({ code, onOtherCode }: RequestOfCodeProps) {
  const request = useQuery(deviceRequestQuery(code));
  const decide = useDecideDevice(code);
  if (decide.isSuccess) return <Decided decision={decide.variables} />;
  if (request.isPending) return <Skeleton className="h-64 w-full" />;
  if (request.isError) {
    return (
      <div className="flex flex-col gap-4">
        <h1 className="font-semibold text-xl tracking-tight">Sign in a program</h1>
        <Notice tone="danger" title={`Can't use the code ${code}`} isAlert>
          {messageOf(request.error)}
        </Notice>
        <Button onClick={onOtherCode}>Enter another code</Button>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <h1 className="font-semibold text-xl tracking-tight">Let this program in?</h1>
      <RequestFacts request={request.data} />
      <Notice tone="warning" title="Approve only what you started yourself">
        Check that your own terminal shows the code {request.data.user_code}. If somebody sent you this link
        or code, deny it: approving gives them your account.
      </Notice>
      <RequestError error={decide.error} />
      <div className="flex gap-2">
        <Button
          size="lg"
          className="flex-1"
          isBusy={decide.isPending && decide.variables === 'deny'}
          disabled={decide.isPending}
          onClick={() => decide.mutate('deny')}
        >
          Deny
        </Button>
        <Button
          variant="primary"
          size="lg"
          className="flex-1"
          isBusy={decide.isPending && decide.variables === 'approve'}
          disabled={decide.isPending}
          onClick={() => decide.mutate('approve')}
        >
          Approve
        </Button>
      </div>
    </div>
  );
}

const SCOPES = {
  read: 'Read everything of yours',
  write: 'Do everything that you can, but not administer Podex',
  admin: 'Do everything that you can, and administer Podex',
} as const;

function RequestFacts({ request }: { request: DeviceRequest }) {
  const facts = [
    ['Code', request.user_code],
    ['Program', request.client_name],
    ['May', SCOPES[request.scope]],
    ['Address', `${request.address}${request.is_same_network ? ' (your network)' : ' (not your network)'}`],
    ['Asked', new Date(request.created_at).toLocaleString()],
    ['Signed in for', countOf(request.token_days, 'day')],
  ] as const;
  return (
    <dl className="divide-y divide-line rounded-lg border bg-surface text-sm">
      {facts.map(([name, value]) => (
        <div key={name} className="flex gap-4 px-3 py-2">
          <dt className="w-24 shrink-0 text-ink-2">{name}</dt>
          <dd className={`min-w-0 flex-1 break-words ${name === 'Code' ? 'font-mono tracking-widest' : ''}`}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Decided({ decision }: { decision: DeviceDecision }) {
  if (decision === 'deny') {
    return (
      <EmptyState icon={<CircleX />} title="Denied">
        The program was not let in. You can close this page.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<CircleCheck />} title="Approved">
      Go back to your terminal. You can end this access at any time under Account.
    </EmptyState>
  );
}
