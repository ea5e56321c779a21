/** One message of a stream of server-sent events. */
export interface EventFrame {
  /** `message` when the stream names none. */
  event: string;
  data: string;
}

/** Takes a stream apart, wherever its bytes are cut; comments are left out. */
export async function* readFrames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<EventFrame> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    const whole = rest.split('\n\n');
    rest = whole.pop() ?? '';
    for (const text of whole) {
      const frame = frameOf(text);
      if (frame !== undefined) yield frame;
    }
  }
}

function frameOf(text: string): EventFrame | undefined {
  let event = 'message';
  const data: string[] = [];
  for (const line of text.split('\n')) {
    const [, field, value = ''] = /^(\w+): ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { event, data: data.join('\n') };
}
