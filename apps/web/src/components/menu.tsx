'use client';

import { clsx } from 'clsx';
import { Check } from 'lucide-react';
import { DropdownMenu as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

interface MenuProps {
  /** One element that takes a ref and event handlers. */
  trigger: ReactNode;
  children: ReactNode;
  align?: 'start' | 'center' | 'end' | undefined;
  side?: 'top' | 'bottom' | undefined;
  width?: string | undefined;
  isOpen?: boolean | undefined;
  onOpenChange?: ((isOpen: boolean) => void) | undefined;
}

export function Menu({
  trigger,
  children,
  align = 'start',
  side = 'bottom',
  width = 'min-w-44',
  ...props
}: MenuProps) {
  const open = props.isOpen === undefined ? {} : { open: props.isOpen };
  const onOpenChange = props.onOpenChange === undefined ? {} : { onOpenChange: props.onOpenChange };
  return (
    <Radix.Root modal={false} {...open} {...onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={5}
          collisionPadding={8}
          className={clsx(
            'z-50 max-h-[min(24rem,var(--radix-dropdown-menu-content-available-height))] max-w-[calc(100vw-1rem)] animate-pop overflow-y-auto rounded-lg bg-raised p-1 shadow-2 focus:outline-none',
            width,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const ITEM =
  'flex w-full select-none items-center gap-2 rounded-md px-2 py-1.5 text-left text-sm outline-none data-[highlighted]:bg-hover data-[disabled]:opacity-45 [&_svg]:size-3.5 [&_svg]:shrink-0';

interface MenuItemProps {
  children: ReactNode;
  icon?: ReactNode;
  onSelect?: (() => void) | undefined;
  isDisabled?: boolean | undefined;
  isDangerous?: boolean | undefined;
}

export function MenuItem({ children, icon, onSelect, isDisabled, isDangerous }: MenuItemProps) {
  return (
    <Radix.Item
      disabled={isDisabled === true}
      onSelect={() => onSelect?.()}
      className={clsx(ITEM, isDangerous === true ? 'text-danger' : 'text-ink')}
    >
      {icon}
      <span className="min-w-0 flex-1">{children}</span>
    </Radix.Item>
  );
}

interface MenuChoiceProps<Value extends string> {
  value: Value;
  onChoose: (value: Value) => void;
  options: readonly { value: Value; label: ReactNode; note?: ReactNode; icon?: ReactNode }[];
}

/** Exactly one of several. */
export function MenuChoice<Value extends string>({ value, onChoose, options }: MenuChoiceProps<Value>) {
  return (
    <Radix.RadioGroup value={value}>
      {options.map((option) => (
        <Radix.RadioItem
          key={option.value}
          value={option.value}
          onSelect={() => onChoose(option.value)}
          className={clsx(ITEM, 'text-ink')}
        >
          {option.icon}
          <span className="flex min-w-0 flex-1 flex-col">
            <span className="truncate">{option.label}</span>
            {option.note !== undefined && <span className="text-ink-3 text-xs">{option.note}</span>}
          </span>
          <Radix.ItemIndicator>
            <Check aria-hidden className="text-accent-text" />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export function MenuSeparator() {
  return <Radix.Separator className="-mx-1 my-1 h-px bg-line" />;
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 pt-1.5 pb-1 text-2xs text-ink-3">{children}</Radix.Label>;
}
