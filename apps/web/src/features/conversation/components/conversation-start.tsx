import { Bot } from 'lucide-react';
import { EmptyState } from '#components/empty-state.tsx';

export function ConversationStart() {
  return (
    <div className="flex flex-1 items-center justify-center">
      <EmptyState icon={<Bot />} title="What should the agent do?">
        It reads and edits files and runs commands in this workspace. In Ask mode, it asks for your approval
        before every edit and command. In Plan mode, it changes nothing and proposes a plan.
      </EmptyState>
    </div>
  );
}

/** In place of it for who only reads. */
export function NothingSaid() {
  return (
    <div className="flex flex-1 items-center justify-center">
      <EmptyState icon={<Bot />} title="Nothing here yet">
        You see what the agent does as soon as an editor asks it for something.
      </EmptyState>
    </div>
  );
}
