'use client';

import { Check, Copy, Square, SquareCheck } from 'lucide-react';
import { type ComponentProps, memo, type ReactNode, useState } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { copyText } from '#lib/clipboard.ts';

/**
 * Text of a model is text of a stranger: no HTML, no `javascript:` links (react-markdown drops them), links open apart without
 * telling where they come from, and pictures become links, so that nothing is fetched unasked.
 */
const COMPONENTS: Components = {
  // Below the headings of the page.
  h1: 'h3',
  h2: 'h3',
  a: ({ href, children }) => <SafeLink href={href}>{children}</SafeLink>,
  img: ({ src, alt }) => (
    <SafeLink href={typeof src === 'string' ? src : undefined}>{alt || 'picture'}</SafeLink>
  ),
  // The only field of Markdown: the box of a task list.
  input: ({ checked }) => <TaskBox isDone={checked === true} />,
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => (
    <div className="overflow-x-auto">
      <table>{children}</table>
    </div>
  ),
};

const PLUGINS = [remarkGfm];

export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </div>
  );
});

function SafeLink({ href, children }: { href: string | undefined; children: ReactNode }) {
  if (!href) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function TaskBox({ isDone }: { isDone: boolean }) {
  const Icon = isDone ? SquareCheck : Square;
  return (
    <Icon role="img" aria-label={isDone ? 'done' : 'open'} className="mr-1.5 inline size-3.5 text-ink-3" />
  );
}

function CodeBlock(props: ComponentProps<'pre'>) {
  const [isCopied, setCopied] = useState(false);
  const [element, setElement] = useState<HTMLPreElement | null>(null);
  async function copy() {
    await copyText(element?.textContent ?? '');
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  }
  return (
    <div className="group/code relative">
      <pre
        ref={setElement}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        tabIndex={0}
        {...props}
      />
      <button
        type="button"
        onClick={copy}
        aria-label={isCopied ? 'Copied' : 'Copy code'}
        className="absolute top-1.5 right-1.5 flex size-6 items-center justify-center rounded-md bg-raised text-ink-3 opacity-0 shadow-1 hover:text-ink focus-visible:opacity-100 group-hover/code:opacity-100"
      >
        {isCopied ? <Check aria-hidden className="size-3.5" /> : <Copy aria-hidden className="size-3.5" />}
      </button>
    </div>
  );
}
