import { Bot } from 'lucide-react';
import { EmptyState } from '#components/empty-state.tsx';

export function ConversationStart() {
  return (
    <div className="flex flex-1 items-center justify-center">
      <EmptyState icon={<Bot />} title="What should the agent do?">
        It reads and edits the files of this workspace and runs commands in it. In Ask mode every edit and
        command waits for your approval.
      </EmptyState>
    </div>
  );
}
