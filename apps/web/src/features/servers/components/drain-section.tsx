'use client';

import type { DrainProgress } from '@podex/contracts/drains';
import type { Server } from '@podex/contracts/servers';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { Section } from '#components/section.tsx';
import { drainSummary, nextStep, shareMoved } from '../model/drain-words.ts';
import { DrainDialog } from './drain-dialog.tsx';

/** How far its drain is. Nothing while it is not draining. */
export function DrainSection({ server }: { server: Server }) {
  const [isAsking, setAsking] = useState(false);
  const { drain } = server;
  if (drain === null) return null;
  return (
    <Section
      title="Drain"
      description={<span aria-live="polite">{drainSummary(drain)}</span>}
      actions={
        drain.left > drain.moving && (
          <Button size="sm" onClick={() => setAsking(true)}>
            Move what is left…
          </Button>
        )
      }
    >
      <Moved drain={drain} />
      <DrainDialog server={server} isOpen={isAsking} onOpenChange={setAsking} />
    </Section>
  );
}

function Moved({ drain }: { drain: DrainProgress }) {
  const next = nextStep(drain);
  return (
    <>
      <div aria-hidden className="h-1.5 overflow-hidden rounded-full bg-line">
        <div
          className="h-full rounded-full bg-accent transition-[width]"
          style={{ width: `${shareMoved(drain) * 100}%` }}
        />
      </div>
      {next !== undefined && <p className="mt-3 text-ink-2 text-xs">{next}</p>}
    </>
  );
}
