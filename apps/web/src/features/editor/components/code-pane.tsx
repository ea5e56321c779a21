'use client';

import { useEffect, useRef, useState } from 'react';
import { CodeBuffer } from '../model/code-buffer.ts';
import { CodeEditor } from '../model/code-editor.ts';
import type { TextBuffer } from '../model/open-files.ts';

interface CodePaneProps {
  buffer: TextBuffer;
  isReadOnly: boolean;
}

/** Shows one buffer; the view stays while buffers change. Loaded with CodeMirror, apart from the page's first scripts. */
export function CodePane({ buffer, isReadOnly }: CodePaneProps) {
  const element = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<CodeEditor>();

  useEffect(() => {
    if (element.current === null) return undefined;
    const created = new CodeEditor();
    created.attach(element.current);
    setEditor(created);
    return () => created.dispose();
  }, []);

  useEffect(() => {
    if (buffer instanceof CodeBuffer) editor?.show(buffer);
  }, [editor, buffer]);

  useEffect(() => {
    if (buffer instanceof CodeBuffer) buffer.setReadOnly(isReadOnly);
  }, [buffer, isReadOnly]);

  return <div ref={element} className="absolute inset-0 overflow-hidden" />;
}
