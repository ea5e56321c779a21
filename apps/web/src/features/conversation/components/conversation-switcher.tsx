'use client';

import type { Conversation, Turn } from '@podex/contracts/conversations';
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, Ellipsis, MessageSquare, Pencil, ShieldCheck, SquarePen, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { IconButton } from '#components/icon-button.tsx';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '#components/menu.tsx';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { formatAgo } from '#lib/format.ts';
import { costText, tokensText, unpricedText } from '#lib/usage-text.ts';
import { useNow } from '#lib/use-now.ts';
import { useDeleteConversation, useUpdateConversation } from '../api/change-conversation.ts';
import { conversationsQuery } from '../api/conversations-query.ts';
import { useIsReadOnly } from './conversation-access.tsx';

interface ConversationSwitcherProps {
  workspaceId: string;
  /** Null: a new one, created with its first message. */
  conversation: Conversation | null;
  /** Null opens a new one. */
  onSelect: (conversationId: string | null) => void;
  onRules: (conversationId: string) => void;
}

/** The current conversation, the others, and the actions on this one. */
export function ConversationSwitcher({
  workspaceId,
  conversation,
  onSelect,
  onRules,
}: ConversationSwitcherProps) {
  const list = useQuery(conversationsQuery(workspaceId));
  const isReadOnly = useIsReadOnly();
  const now = useNow(60_000);
  const conversations = list.data ?? [];
  const options = conversations.map((item) => ({
    value: item.id as string,
    label: item.title || 'Untitled',
    note: item.active_turn === null ? formatAgo(item.updated_at, now) : stateOf(item.active_turn),
  }));
  return (
    <div className="flex h-10 shrink-0 items-center gap-1 border-b px-2">
      <h2 className="sr-only">Agent</h2>
      <Menu
        width="w-72"
        onOpenChange={(isOpen) => (isOpen ? list.refetch() : undefined)}
        trigger={
          <button
            type="button"
            aria-label="Conversations"
            className="flex h-7 min-w-0 items-center gap-1.5 rounded-md px-2 font-medium text-sm hover:bg-hover data-[state=open]:bg-hover"
          >
            <MessageSquare aria-hidden className="size-3.5 shrink-0 text-ink-3" />
            <span className="truncate">{titleOf(conversation, isReadOnly)}</span>
            <ChevronDown aria-hidden className="size-3.5 shrink-0 text-ink-3" />
          </button>
        }
      >
        {options.length > 0 && (
          <>
            <MenuChoice value={conversation?.id ?? ''} onChoose={onSelect} options={options} />
            {!isReadOnly && <MenuSeparator />}
          </>
        )}
        {isReadOnly && options.length === 0 && <MenuLabel>No conversations yet</MenuLabel>}
        {!isReadOnly && (
          <MenuItem icon={<SquarePen aria-hidden />} onSelect={() => onSelect(null)}>
            New conversation
          </MenuItem>
        )}
      </Menu>
      <span className="flex-1" />
      {conversation !== null && <ConversationUsage conversation={conversation} />}
      {isReadOnly && <Badge>View only</Badge>}
      {!isReadOnly && (
        <IconButton label="New conversation" disabled={conversation === null} onClick={() => onSelect(null)}>
          <SquarePen aria-hidden />
        </IconButton>
      )}
      {conversation !== null && !isReadOnly && (
        <ConversationMenu
          conversation={conversation}
          onDeleted={() => onSelect(null)}
          onRules={() => onRules(conversation.id)}
        />
      )}
    </div>
  );
}

function titleOf(conversation: Conversation | null, isReadOnly: boolean): string {
  return conversation?.title ?? (isReadOnly ? 'Conversations' : 'New conversation');
}

/** Only an approval is for a person to give. */
function stateOf({ waiting }: Turn): string {
  if (waiting === null) return 'Working';
  return waiting.reason === 'approval' ? 'Needs approval' : 'Waiting';
}

/** What it has cost so far; tokens where no cost is known. */
function ConversationUsage({ conversation: { usage } }: { conversation: Conversation }) {
  if (usage.calls === 0) return null;
  const words = usage.cost_usd === null ? tokensText(usage) : costText(usage);
  return (
    <span
      data-testid="conversation-usage"
      title={[tokensText(usage), unpricedText(usage)].filter((text) => text !== undefined).join('. ')}
      className="shrink-0 px-1 text-2xs text-ink-3 tabular-nums"
    >
      {words}
    </span>
  );
}

interface ConversationMenuProps {
  conversation: Conversation;
  onDeleted: () => void;
}

function ConversationMenu({
  conversation,
  onDeleted,
  onRules,
}: ConversationMenuProps & { onRules: () => void }) {
  const [open, setOpen] = useState<'rename' | 'delete' | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Menu
        align="end"
        trigger={
          <IconButton label="Conversation actions">
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        <MenuItem icon={<Pencil aria-hidden />} onSelect={() => setOpen('rename')}>
          Rename…
        </MenuItem>
        <MenuItem icon={<ShieldCheck aria-hidden />} onSelect={onRules}>
          Rules…
        </MenuItem>
        <MenuItem icon={<Trash2 aria-hidden />} isDangerous onSelect={() => setOpen('delete')}>
          Delete…
        </MenuItem>
      </Menu>
      {open === 'rename' && <RenameDialog conversation={conversation} onClose={close} />}
      {open === 'delete' && (
        <DeleteDialog conversation={conversation} onClose={close} onDeleted={onDeleted} />
      )}
    </>
  );
}

function RenameDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const update = useUpdateConversation(conversation.id);
  return (
    <PromptDialog
      isOpen
      onOpenChange={onClose}
      title="Rename conversation"
      label="Title"
      initialValue={conversation.title}
      maxLength={200}
      action="Rename"
      request={update}
      onSubmit={(title) => update.mutate({ title }, { onSuccess: onClose })}
    />
  );
}

function DeleteDialog({ conversation, onClose, onDeleted }: ConversationMenuProps & { onClose: () => void }) {
  const remove = useDeleteConversation(conversation.workspace_id);
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={onClose}
      title="Delete this conversation?"
      description="All messages will be deleted, and the agent is stopped if it is working. Files are kept. This can't be undone."
      action="Delete conversation"
      isDangerous
      request={remove}
      onConfirm={() =>
        remove.mutate(conversation.id, {
          onSuccess: () => {
            onClose();
            onDeleted();
          },
        })
      }
    />
  );
}
