'use client';

import type { ModelList } from '@podex/contracts/models';
import { Segmented } from '#components/segmented.tsx';
import type { AgentSettings } from '../api/change-conversation.ts';
import { EffortPicker, ModelPicker } from './model-picker.tsx';

interface AgentSettingsBarProps {
  settings: AgentSettings;
  models: ModelList | undefined;
  onChange: (change: Partial<AgentSettings>) => void;
}

const MODES: { value: AgentSettings['mode']; label: string; title: string }[] = [
  { value: 'plan', label: 'Plan', title: 'The agent changes nothing. It looks around and proposes a plan.' },
  { value: 'ask', label: 'Ask', title: 'The agent asks before it edits files or runs commands.' },
  { value: 'auto', label: 'Auto', title: 'The agent edits files and runs commands without asking.' },
];

export function AgentSettingsBar({ settings, models, onChange }: AgentSettingsBarProps) {
  const model = models?.items.find(({ id, default: isDefault }) =>
    settings.model === null ? isDefault : id === settings.model,
  );
  return (
    <div className="flex min-w-0 items-center gap-1.5">
      <Segmented label="Mode" value={settings.mode} onChoose={(mode) => onChange({ mode })} options={MODES} />
      {models !== undefined && models.items.length > 0 && (
        <ModelPicker
          models={models}
          model={settings.model}
          onChoose={(chosen) => onChange({ model: chosen })}
        />
      )}
      {model !== undefined && (
        <EffortPicker
          model={model}
          effort={settings.reasoning_effort}
          onChoose={(effort) => onChange({ reasoning_effort: effort })}
        />
      )}
    </div>
  );
}
