'use client';

import type { ModelList } from '@podex/contracts/models';
import { Clapperboard } from 'lucide-react';
import { Button } from '#components/button.tsx';
import { Notice } from '#components/notice.tsx';

/** Exactly what to set, as api says it. */
export function ModelNotConfigured({ models }: { models: ModelList }) {
  return (
    <div className="mx-auto w-full max-w-3xl px-3 pb-2" data-testid="model-not-configured">
      <Notice tone="warning" title="No model configured">
        {models.message}
      </Notice>
    </div>
  );
}

export function DemoBanner() {
  return (
    <div
      data-testid="demo-banner"
      className="flex shrink-0 items-center gap-2 border-b bg-warning-soft px-3 py-1.5 text-xs"
    >
      <Clapperboard aria-hidden className="size-3.5 shrink-0 text-warning" />
      <p className="min-w-0">
        <strong className="font-medium">Scripted demo model.</strong>{' '}
        <span className="text-ink-2">Responses are scripted. The tools and the workspace are real.</span>
      </p>
    </div>
  );
}

interface DemoToursProps {
  tours: readonly string[];
  isDisabled: boolean;
  onChoose: (tour: string) => void;
}

/** The prompts that the script understands. */
export function DemoTours({ tours, isDisabled, onChoose }: DemoToursProps) {
  if (tours.length === 0) return null;
  return (
    <ul aria-label="Tours" className="mx-auto flex w-full max-w-3xl flex-wrap gap-1.5 px-3 pb-2">
      {tours.map((tour) => (
        <li key={tour}>
          <Button size="sm" disabled={isDisabled} onClick={() => onChoose(tour)}>
            {tour}
          </Button>
        </li>
      ))}
    </ul>
  );
}
