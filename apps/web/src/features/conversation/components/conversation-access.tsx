'use client';

import { createContext, use } from 'react';

const IsReadOnly = createContext(false);

/** Around a conversation that is only read: nothing is sent, changed or decided in it. */
export const ReadOnlyConversation = IsReadOnly;

export function useIsReadOnly(): boolean {
  return use(IsReadOnly);
}
