'use client';

import { clsx } from 'clsx';
import {
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject,
  useRef,
  useState,
} from 'react';

interface SplitProps {
  /** `horizontal`: side by side. */
  orientation: 'horizontal' | 'vertical';
  first: ReactNode;
  /** Undefined: the first has all the room, and stays as it is when a second comes. */
  second: ReactNode | undefined;
  /** Accessible name of the line between them. */
  label: string;
  /** Share of the first at the start, and the one that a double click brings back. */
  initialPercent: number;
  defaultPercent: number;
  minFirstPx: number;
  minSecondPx: number;
  /** There is no line, and the element around this one lays out what is in the panels. */
  isFlat?: boolean;
  /** After the line was moved. */
  onMoved: (percent: number) => void;
}

const KEY_STEP_PERCENT = 2;

/** Two panels with a line between them that is dragged, or moved with the arrow keys. */
export function Split(props: SplitProps) {
  const { orientation, first, second, minFirstPx, minSecondPx, isFlat = false } = props;
  const isHorizontal = orientation === 'horizontal';
  const container = useRef<HTMLDivElement>(null);
  const { percent, line } = useLine(props, container);
  const panel = isFlat ? 'contents' : 'min-h-0 min-w-0 overflow-hidden';
  const isSplit = second !== undefined;
  const tracks = isSplit
    ? `minmax(${minFirstPx}px, ${percent}fr) 1px minmax(${minSecondPx}px, ${100 - percent}fr)`
    : 'minmax(0, 1fr)';
  return (
    <div
      ref={container}
      className={isFlat ? 'contents' : 'grid h-full min-h-0 w-full min-w-0'}
      style={isHorizontal ? { gridTemplateColumns: tracks } : { gridTemplateRows: tracks }}
    >
      <div className={panel}>{first}</div>
      {isSplit && (
        <>
          {/* biome-ignore lint/a11y/useSemanticElements: a rule of HTML cannot be moved. */}
          <div
            role="separator"
            hidden={isFlat}
            tabIndex={0}
            aria-label={props.label}
            aria-orientation={isHorizontal ? 'vertical' : 'horizontal'}
            aria-valuenow={Math.round(percent)}
            {...line}
            className={clsx(
              'relative z-10 touch-none bg-line transition-colors after:absolute hover:bg-line-strong focus-visible:bg-ring focus-visible:outline-none active:bg-ring',
              isHorizontal
                ? 'cursor-col-resize after:inset-y-0 after:-inset-x-1'
                : 'cursor-row-resize after:inset-x-0 after:-inset-y-1',
            )}
          />
          <div className={panel}>{second}</div>
        </>
      )}
    </div>
  );
}

/** The share of the first panel, and what the line between them listens to. */
function useLine(props: SplitProps, container: RefObject<HTMLDivElement | null>) {
  const isHorizontal = props.orientation === 'horizontal';
  const [percent, setPercent] = useState(props.initialPercent);

  /** Keeps both panels at their least size. */
  function clamp(wanted: number): number {
    const rect = container.current?.getBoundingClientRect();
    const total = rect === undefined ? 0 : isHorizontal ? rect.width : rect.height;
    if (total === 0) return wanted;
    const least = (props.minFirstPx / total) * 100;
    const most = 100 - (props.minSecondPx / total) * 100;
    return Math.max(Math.min(wanted, most), Math.min(least, most));
  }

  function drag(event: PointerEvent) {
    const rect = container.current?.getBoundingClientRect();
    if (rect === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const share = isHorizontal
      ? (event.clientX - rect.left) / rect.width
      : (event.clientY - rect.top) / rect.height;
    setPercent(clamp(share * 100));
  }

  function move(wanted: number) {
    const next = clamp(wanted);
    setPercent(next);
    props.onMoved(next);
  }

  function pressKey(event: KeyboardEvent) {
    const targets = new Map([
      [isHorizontal ? 'ArrowLeft' : 'ArrowUp', percent - KEY_STEP_PERCENT],
      [isHorizontal ? 'ArrowRight' : 'ArrowDown', percent + KEY_STEP_PERCENT],
      ['Home', 0],
      ['End', 100],
    ]);
    const wanted = targets.get(event.key);
    if (wanted === undefined) return;
    event.preventDefault();
    move(wanted);
  }

  const line = {
    // Without it the drag would select the text it passes over.
    onMouseDown: (event: MouseEvent) => event.preventDefault(),
    onPointerDown: (event: PointerEvent) => event.currentTarget.setPointerCapture(event.pointerId),
    onPointerMove: drag,
    onLostPointerCapture: () => props.onMoved(percent),
    onDoubleClick: () => move(props.defaultPercent),
    onKeyDown: pressKey,
  };
  return { percent, line };
}
