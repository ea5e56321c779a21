import type { TurnWaiting } from '@podex/contracts/conversations';
import { formatTime } from '#lib/format.ts';

/** What a person is told of a turn that waits. */
export function waitingText(waiting: TurnWaiting, isReadOnly: boolean): { title: string; detail: string } {
  const { reason, wake_at: wakeAt, message } = waiting;
  switch (reason) {
    case 'approval':
      return {
        title: isReadOnly ? 'Waiting for an editor to approve.' : 'Waiting for your approval.',
        detail: '',
      };
    case 'input':
      return {
        title: isReadOnly ? 'Waiting for an editor to answer.' : 'Waiting for your answer.',
        detail: '',
      };
    case 'retry':
      return {
        title: wakeAt === null ? 'Waiting to try again' : `Next try at ${formatTime(wakeAt)}`,
        detail: message ?? 'The model call failed.',
      };
    case 'budget':
      return {
        title: 'The model budget is used up',
        detail: message ?? 'The agent continues when the next day or month begins (UTC).',
      };
    case 'workspace':
      return {
        title: 'Waiting for the workspace',
        detail: `${message ?? 'It is not ready yet.'} The agent continues as soon as it can be reached.`,
      };
  }
}
