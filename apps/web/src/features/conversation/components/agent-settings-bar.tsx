'use client';

import type { ModelList } from '@podex/contracts/models';
import { ChevronDown, Sparkles } from 'lucide-react';
import { Menu, MenuChoice } from '#components/menu.tsx';
import { Segmented } from '#components/segmented.tsx';
import type { AgentSettings } from '../api/change-conversation.ts';

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

/** The menu has no word for null. */
const DEFAULT_CHOICE = 'default';

export function AgentSettingsBar({ settings, models, onChange }: AgentSettingsBarProps) {
  return (
    <div className="flex min-w-0 items-center gap-1.5">
      <Segmented label="Mode" value={settings.mode} onChoose={(mode) => onChange({ mode })} options={MODES} />
      {models !== undefined && models.items.length > 0 && (
        <ModelPicker models={models} model={settings.model} onChoose={(model) => onChange({ model })} />
      )}
    </div>
  );
}

interface ModelPickerProps {
  models: ModelList;
  model: string | null;
  onChoose: (model: string | null) => void;
}

function ModelPicker({ models, model, onChoose }: ModelPickerProps) {
  const defaultModel = models.items.find((item) => item.default);
  const chosen = models.items.find(({ id }) => id === model);
  const label =
    model === null ? (defaultModel?.name ?? models.default_model ?? 'Default') : (chosen?.name ?? model);
  const options = [
    {
      value: DEFAULT_CHOICE,
      label: 'Default',
      note: defaultModel?.name ?? models.default_model ?? undefined,
    },
    ...models.items.map(({ id, name }) => ({ value: id as string, label: name, note: id })),
    // A model that is not offered any more, or was set by a program, stays visible.
    ...(model !== null && chosen === undefined
      ? [{ value: model, label: model, note: 'Not in the list' }]
      : []),
  ];
  return (
    <Menu
      side="top"
      width="min-w-64"
      trigger={
        <button
          type="button"
          aria-label={`Model: ${label}`}
          className="flex h-7 min-w-0 items-center gap-1 rounded-md px-2 text-ink-2 text-xs hover:bg-hover data-[state=open]:bg-hover"
        >
          <Sparkles aria-hidden className="size-3.5 shrink-0 text-ink-3" />
          <span className="truncate">{label}</span>
          <ChevronDown aria-hidden className="size-3 shrink-0 text-ink-3" />
        </button>
      }
    >
      <MenuChoice
        value={model ?? DEFAULT_CHOICE}
        onChoose={(value) => onChoose(value === DEFAULT_CHOICE ? null : value)}
        options={options}
      />
    </Menu>
  );
}
