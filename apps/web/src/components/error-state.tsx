'use client';

import { CircleAlert } from 'lucide-react';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';

interface ErrorStateProps {
  title: string;
  /** Cause and cure. */
  message: string;
  onRetry?: (() => void) | undefined;
  isRetrying?: boolean | undefined;
}

export function ErrorState({ title, message, onRetry, isRetrying }: ErrorStateProps) {
  return (
    <div role="alert" className="h-full">
      <EmptyState
        icon={<CircleAlert />}
        title={title}
        actions={
          onRetry !== undefined && (
            <Button size="sm" isBusy={isRetrying} onClick={onRetry}>
              Try again
            </Button>
          )
        }
      >
        {message}
      </EmptyState>
    </div>
  );
}
