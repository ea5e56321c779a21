'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import type { AgentSettings } from '../api/change-conversation.ts';
import { modelsQuery } from '../api/conversations-query.ts';
import { useBeginConversation } from '../model/use-send-message.ts';
import { AgentSettingsBar } from './agent-settings-bar.tsx';
import { Composer } from './composer.tsx';
import { ConversationStart } from './conversation-start.tsx';
import { DemoBanner, DemoTours, ModelNotConfigured } from './model-notices.tsx';

interface NewConversationProps {
  workspaceId: string;
  /** No message can be sent any more. */
  isBlocked: boolean;
  /** Stands under the message field. */
  note: string | undefined;
  onBegun: (conversationId: string) => void;
}

/** A conversation that exists once its first message is sent. */
export function NewConversation({ workspaceId, note, onBegun, ...props }: NewConversationProps) {
  const models = useQuery(modelsQuery()).data;
  const begin = useBeginConversation(workspaceId);
  const [settings, setSettings] = useState<AgentSettings>({
    mode: 'ask',
    model: null,
    reasoning_effort: null,
  });
  const isBlocked = props.isBlocked || models?.configured === false;

  async function send(text: string) {
    onBegun(await begin(settings, text));
  }

  return (
    <>
      {models?.demo === true && <DemoBanner />}
      <div className="flex min-h-0 flex-1 overflow-y-auto">
        <ConversationStart />
      </div>
      {models?.demo === true && (
        <DemoTours
          tours={models.tours}
          isDisabled={isBlocked}
          onChoose={(tour) =>
            send(tour).catch((error: unknown) =>
              toast.error("Couldn't send your message", { description: messageOf(error) }),
            )
          }
        />
      )}
      {models?.configured === false && <ModelNotConfigured models={models} />}
      <Composer
        onSend={send}
        onStop={undefined}
        isStopping={false}
        isBlocked={isBlocked}
        note={note}
        isSteering={false}
        settings={
          <AgentSettingsBar
            settings={settings}
            models={models}
            onChange={(change) => setSettings((old) => ({ ...old, ...change }))}
          />
        }
      />
    </>
  );
}
