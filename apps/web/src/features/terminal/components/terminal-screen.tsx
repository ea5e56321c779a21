'use client';

import '@xterm/xterm/css/xterm.css';
import { clsx } from 'clsx';
import { type RefObject, useEffect, useEffectEvent, useRef, useState } from 'react';
import { useLiveEvents } from '#lib/live-context.tsx';
import { useTheme } from '#lib/theme.ts';
import { attachUrl } from '../api/terminals-query.ts';
import { openTerminalView } from '../model/open-terminal-view.ts';
import type { TerminalState } from '../model/terminal-transport.ts';
import type { TerminalView } from '../model/terminal-view.ts';
import { TerminalOverlay } from './terminal-overlay.tsx';

interface TerminalScreenProps {
  workspaceId: string;
  terminalId: string;
  isActive: boolean;
  /** It is watched: nothing can be typed. */
  isReadOnly: boolean;
  /** The keyboard shall go to it, as soon as it is there. */
  isFocusWanted: boolean;
  onFocused: () => void;
  onState: (state: TerminalState) => void;
  onCommandOutput: () => void;
  onClose: () => void;
}

const INITIAL_STATE: TerminalState = {
  connection: 'connecting',
  exit: null,
  rejection: null,
  isWatching: false,
  hasLostInput: false,
  isInputHeld: false,
};

/** One terminal, attached while mounted. */
export function TerminalScreen(props: TerminalScreenProps) {
  const { isActive, isReadOnly, isFocusWanted, onClose } = props;
  const element = useRef<HTMLDivElement>(null);
  const { view, state } = useTerminalView(element, props);
  const theme = useTheme();
  const onFocused = useEffectEvent(props.onFocused);

  useEffect(() => {
    if (theme !== undefined) view?.setTheme();
  }, [view, theme]);
  useEffect(() => view?.setReadOnly(isReadOnly), [view, isReadOnly]);
  useEffect(() => {
    if (isActive) view?.fit();
  }, [view, isActive]);
  useEffect(() => {
    if (!isFocusWanted || view === undefined) return;
    view.focus();
    onFocused();
  }, [view, isFocusWanted]);

  return (
    <div
      className="relative h-full"
      hidden={!isActive}
      data-testid="terminal-screen"
      data-state={state.connection}
    >
      <div
        ref={element}
        className={clsx('absolute inset-0 bottom-1 left-2', isReadOnly && 'overflow-auto')}
      />
      <TerminalOverlay state={state} onRetry={() => view?.retryNow()} onClose={onClose} />
    </div>
  );
}

/** Opens the terminal in the element while mounted. */
function useTerminalView(element: RefObject<HTMLDivElement | null>, props: TerminalScreenProps) {
  const { workspaceId, terminalId } = props;
  const [view, setView] = useState<TerminalView>();
  const [state, setState] = useState(INITIAL_STATE);
  const [loadError, setLoadError] = useState<unknown>();
  const live = useLiveEvents();
  const onState = useEffectEvent((next: TerminalState) => {
    setState(next);
    props.onState(next);
  });
  const onCommandOutput = useEffectEvent(props.onCommandOutput);
  const isReadOnly = useEffectEvent(() => props.isReadOnly);

  useEffect(() => {
    if (element.current === null) return undefined;
    const abort = new AbortController();
    openTerminalView(element.current, abort.signal, {
      url: (after) => attachUrl(workspaceId, terminalId, after),
      isReadOnly: isReadOnly(),
      onState: (next) => onState(next),
      onCommandOutput: () => onCommandOutput(),
    }).then(setView, setLoadError);
    return () => {
      abort.abort();
      setView(undefined);
    };
  }, [element, workspaceId, terminalId]);

  useEffect(() => {
    if (view === undefined) return undefined;
    let wasLost = false;
    // One network, one fate: where the live connection was lost without a word, this one hangs as well and would not notice.
    return live.onStatusChange(() => {
      const isLive = live.getStatus() === 'live';
      if (isLive && wasLost) view.revive();
      wasLost = !isLive;
    });
  }, [view, live]);

  // The terminal's script failed to load: the page's error boundary shows it.
  if (loadError !== undefined) throw loadError;
  return { view, state };
}
