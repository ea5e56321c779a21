'use client';

import '@xterm/xterm/css/xterm.css';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useLiveEvents } from '../../../lib/live-context.tsx';
import { useTheme } from '../../../lib/theme.ts';
import { attachUrl } from '../api/terminals-query.ts';
import { openTerminalView } from '../model/open-terminal-view.ts';
import type { TerminalState } from '../model/terminal-transport.ts';
import type { TerminalView } from '../model/terminal-view.ts';
import { TerminalOverlay } from './terminal-overlay.tsx';

interface TerminalScreenProps {
  workspaceId: string;
  terminalId: string;
  isActive: boolean;
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
  refusal: null,
  hasLostInput: false,
};

/** One terminal, attached while mounted. */
export function TerminalScreen(props: TerminalScreenProps) {
  const { workspaceId, terminalId, isActive, isFocusWanted, onClose } = props;
  const element = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<TerminalView>();
  const [state, setState] = useState(INITIAL_STATE);
  const [loadError, setLoadError] = useState<unknown>();
  const live = useLiveEvents();
  const theme = useTheme();
  const onState = useEffectEvent((next: TerminalState) => {
    setState(next);
    props.onState(next);
  });
  const onCommandOutput = useEffectEvent(props.onCommandOutput);

  useEffect(() => {
    const abort = new AbortController();
    if (element.current === null) return undefined;
    openTerminalView(element.current, abort.signal, {
      url: (after) => attachUrl(workspaceId, terminalId, after),
      onState: (next) => onState(next),
      onCommandOutput: () => onCommandOutput(),
    }).then(setView, setLoadError);
    return () => {
      abort.abort();
      setView(undefined);
    };
  }, [workspaceId, terminalId]);

  useEffect(() => {
    // One network, one fate: where the live connection was found dead, this one is too.
    if (view === undefined) return undefined;
    return live.onStatusChange(() => (live.getStatus() === 'live' ? view.retryNow() : undefined));
  }, [view, live]);

  useEffect(() => {
    if (theme !== undefined) view?.setTheme();
  }, [view, theme]);

  useEffect(() => {
    if (isActive) view?.fit();
  }, [view, isActive]);

  const onFocused = useEffectEvent(props.onFocused);
  useEffect(() => {
    if (!isFocusWanted || view === undefined) return;
    view.focus();
    onFocused();
  }, [view, isFocusWanted]);

  // The script of the terminal could not be loaded: the error boundary of the page says so.
  if (loadError !== undefined) throw loadError;
  return (
    <div
      className="relative h-full"
      hidden={!isActive}
      data-testid="terminal-screen"
      data-state={state.connection}
    >
      <div ref={element} className="absolute inset-0 bottom-1 left-2" />
      <TerminalOverlay state={state} onRetry={() => view?.retryNow()} onClose={onClose} />
    </div>
  );
}
