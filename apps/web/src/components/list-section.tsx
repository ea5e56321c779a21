import { Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';
import { LoadedRows, type LoadedRowsProps } from './loaded.tsx';
import { Section } from './section.tsx';

interface ListSectionProps<Item> extends Omit<LoadedRowsProps<Item>, 'empty'> {
  title: string;
  description: string;
  add: { label: string; onClick: () => void };
  /** Shown while there is nothing in the list: an icon, that there is none, and how one comes to be. */
  empty: { icon: ReactNode; title: string; hint: string };
  /** Stands above the list. */
  lead?: ReactNode;
  /** What the button and the rows open. */
  dialogs: ReactNode;
}

/** A part of a page of settings that is a list of what a person has added, and can add to. */
export function ListSection<Item>(props: ListSectionProps<Item>) {
  const { title, description, add, empty, lead, dialogs, ...rows } = props;
  return (
    <Section
      title={title}
      description={description}
      isFlush
      actions={
        <Button size="sm" onClick={add.onClick}>
          <Plus aria-hidden className="size-4" />
          {add.label}
        </Button>
      }
    >
      {lead}
      <LoadedRows
        {...rows}
        empty={
          <EmptyState icon={empty.icon} title={empty.title}>
            {empty.hint}
          </EmptyState>
        }
      />
      {dialogs}
    </Section>
  );
}
