'use client';

import type { Model, ModelList, ReasoningEffort } from '@podex/contracts/models';
import { Brain, ChevronDown, Sparkles } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { Menu, MenuChoice } from '#components/menu.tsx';
import { modelNote } from '../model/model-note.ts';

/** The menus have no word for null. */
const DEFAULT_CHOICE = 'default';

const EFFORT_LABELS: Record<ReasoningEffort, string> = { low: 'Low', medium: 'Medium', high: 'High' };

interface ModelPickerProps {
  models: ModelList;
  model: string | null;
  onChoose: (model: string | null) => void;
}

export function ModelPicker({ models, model, onChoose }: ModelPickerProps) {
  const defaultModel = models.items.find((item) => item.default);
  const chosen = models.items.find(({ id }) => id === model);
  const defaultName = defaultModel?.name ?? models.default_model ?? undefined;
  const label = model === null ? (defaultName ?? 'Default') : (chosen?.name ?? model);
  const options = [
    { value: DEFAULT_CHOICE, label: 'Default', note: defaultName },
    ...models.items.map((item) => ({ value: item.id as string, label: item.name, note: modelNote(item) })),
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
        <PickerButton label={`Model: ${label}`} icon={<Sparkles aria-hidden className="size-3.5" />}>
          {label}
        </PickerButton>
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

interface EffortPickerProps {
  model: Model;
  effort: ReasoningEffort | null;
  onChoose: (effort: ReasoningEffort | null) => void;
}

/** Nothing for a model that can't be told how much to reason. */
export function EffortPicker({ model, effort, onChoose }: EffortPickerProps) {
  if (model.reasoning_efforts.length === 0) return null;
  const chosen = model.reasoning_efforts.find((one) => one === effort) ?? null;
  const label = chosen === null ? 'Default' : EFFORT_LABELS[chosen];
  const options = [
    { value: DEFAULT_CHOICE, label: 'Default', note: "As the model's provider sets it" },
    ...model.reasoning_efforts.map((one) => ({ value: one as string, label: EFFORT_LABELS[one] })),
  ];
  const choose = (value: string) => onChoose(model.reasoning_efforts.find((one) => one === value) ?? null);
  return (
    <Menu
      side="top"
      trigger={
        <PickerButton label={`Reasoning effort: ${label}`} icon={<Brain aria-hidden className="size-3.5" />}>
          {label}
        </PickerButton>
      }
    >
      <MenuChoice value={chosen ?? DEFAULT_CHOICE} onChoose={choose} options={options} />
    </Menu>
  );
}

interface PickerButtonProps extends ComponentProps<'button'> {
  label: string;
  icon: ReactNode;
}

/** Takes what the menu gives its trigger. */
function PickerButton({ label, icon, children, ...trigger }: PickerButtonProps) {
  return (
    <button
      {...trigger}
      type="button"
      aria-label={label}
      className="flex h-7 min-w-0 items-center gap-1 rounded-md px-2 text-ink-2 text-xs hover:bg-hover data-[state=open]:bg-hover"
    >
      <span className="shrink-0 text-ink-3">{icon}</span>
      <span className="truncate">{children}</span>
      <ChevronDown aria-hidden className="size-3 shrink-0 text-ink-3" />
    </button>
  );
}
