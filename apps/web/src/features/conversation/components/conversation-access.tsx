'use client';

import { createContext, use } from 'react';

const IsReadOnly = createContext(false);

/** Around a conversation that is only read: nothing is sent, changed or decided in it. */
export const ReadOnlyConversation = IsReadOnly;

export function useIsReadOnly(): boolean {
  return use(IsReadOnly);
}

const IsOwner = createContext(false);

/** Around a conversation in a workspace of one’s own: what is decided can hold in all of them. */
export const OwnedConversation = IsOwner;

export function useIsOwner(): boolean {
  return use(IsOwner);
}

/** Makes files what they were at a checkpoint, after asking. */
export type UndoTurn = (checkpointId: string) => void;

const UndoTurnContext = createContext<UndoTurn | undefined>(undefined);

/** Around a conversation whose turns can be undone. */
export const UndoableConversation = UndoTurnContext;

export function useUndoTurn(): UndoTurn | undefined {
  return use(UndoTurnContext);
}
