'use client';

import { type ReactNode, type RefObject, useEffect, useImperativeHandle, useRef, useState } from 'react';

/** Rows that are drawn beyond either end of what is seen. */
const ROWS_BEYOND = 12;
/** Until the height is known. */
const ROWS_AT_FIRST = 60;

export interface VirtualRowsHandle {
  /** Moves as little as it takes to show the row. */
  reveal: (index: number) => void;
}

interface VirtualRowsProps<Row> {
  rows: readonly Row[];
  /** Of each, in pixels. */
  rowHeight: number;
  keyOf: (row: Row) => string;
  /** The element that scrolls; the rows are all that is in it. */
  scroller: RefObject<HTMLElement | null>;
  ref?: RefObject<VirtualRowsHandle | null>;
  children: (row: Row, index: number) => ReactNode;
}

/** Rows of one height, of which only those that can be seen are drawn: a hundred thousand cost no more than a hundred. */
export function VirtualRows<Row>({ rows, rowHeight, keyOf, scroller, ref, children }: VirtualRowsProps<Row>) {
  const { first, count } = useRange(scroller, rowHeight);
  useImperativeHandle(ref ?? null, () => ({
    reveal(index) {
      const element = scroller.current;
      if (element === null) return;
      const top = index * rowHeight;
      const bottom = top + rowHeight;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (bottom > element.scrollTop + element.clientHeight) {
        element.scrollTop = bottom - element.clientHeight;
      }
    },
  }));
  return (
    <div className="relative" role="presentation" style={{ height: rows.length * rowHeight }}>
      <div
        role="presentation"
        className="absolute inset-x-0 top-0"
        style={{ transform: `translateY(${first * rowHeight}px)` }}
      >
        {rows.slice(first, first + count).map((row, index) => (
          <div key={keyOf(row)} role="presentation" style={{ height: rowHeight }}>
            {children(row, first + index)}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Changes only when rows come or go, not with every pixel. */
function useRange(scroller: RefObject<HTMLElement | null>, rowHeight: number) {
  const [range, setRange] = useState({ first: 0, count: ROWS_AT_FIRST });
  const latest = useRef(range);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const look = () => {
      const next = rangeOf(element, rowHeight);
      const { first, count } = latest.current;
      if (next.first === first && next.count === count) return;
      latest.current = next;
      setRange(next);
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [scroller, rowHeight]);
  return range;
}

function rangeOf({ scrollTop, clientHeight }: HTMLElement, rowHeight: number) {
  const step = ROWS_BEYOND / 2;
  const seen = Math.floor(scrollTop / rowHeight);
  const first = Math.max(0, Math.floor(seen / step) * step - ROWS_BEYOND);
  const visible = Math.ceil(clientHeight / rowHeight);
  return { first, count: visible + 3 * ROWS_BEYOND };
}
