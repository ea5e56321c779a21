import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeSockets } from '#lib/testing/fake-socket.ts';
import { type TerminalState, type TerminalSurface, TerminalTransport } from './terminal-transport.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const encode = (text: string) => new TextEncoder().encode(text);

/** Draws at once, into a string. */
class TextSurface implements TerminalSurface {
  text = '';
  readonly calls: string[] = [];

  write(bytes: Uint8Array, done: () => void): void {
    this.text += new TextDecoder().decode(bytes);
    done();
  }

  redraw(size: { cols: number; rows: number }, bytes: Uint8Array, done: () => void): void {
    this.calls.push(`redraw ${size.cols}x${size.rows}`);
    this.text = new TextDecoder().decode(bytes);
    done();
  }

  resize(size: { cols: number; rows: number }): void {
    this.calls.push(`resize ${size.cols}x${size.rows}`);
  }
}

function setUp() {
  const sockets = new FakeSockets();
  const surface = new TextSurface();
  const states: TerminalState[] = [];
  const transport = new TerminalTransport({
    url: (after) => `ws://api/attach${after === undefined ? '' : `?after=${after}`}`,
    surface,
    onState: (state) => states.push(state),
    createSocket: sockets.create,
    random: () => 0,
    listenForWake: () => () => undefined,
  });
  transport.start();
  return { sockets, surface, transport, states };
}

function attached() {
  const all = setUp();
  all.sockets.last.accept();
  all.sockets.last.say({ type: 'screen', offset: 100, cols: 80, rows: 24 });
  all.sockets.last.say(encode('$ '));
  return all;
}

function loseAndReturn(sockets: FakeSockets) {
  sockets.last.drop();
  vi.advanceTimersByTime(400);
  sockets.last.accept();
}

describe('TerminalTransport', () => {
  it('draws the whole screen first, then the bytes behind it', () => {
    const { sockets, surface } = attached();
    expect(sockets.last.url).toBe('ws://api/attach');
    sockets.last.say(encode('ls\r\n'));
    expect(surface.calls).toEqual(['redraw 80x24']);
    expect(surface.text).toBe('$ ls\r\n');
  });

  it('continues after the last byte when the connection breaks', () => {
    const { sockets, surface } = attached();
    sockets.last.say(encode('abc'));
    loseAndReturn(sockets);
    expect(sockets.last.url).toBe('ws://api/attach?after=103');
    sockets.last.say({ type: 'ready', offset: 103 });
    sockets.last.say(encode('def'));
    expect(surface.text).toBe('$ abcdef');
  });

  it('draws bytes that come again only once', () => {
    const { sockets, surface } = attached();
    sockets.last.say(encode('abc'));
    loseAndReturn(sockets);
    sockets.last.say({ type: 'ready', offset: 101 });
    sockets.last.say(encode('b'));
    sockets.last.say(encode('cde'));
    sockets.last.say(encode('f'));
    expect(surface.text).toBe('$ abcdef');
    loseAndReturn(sockets);
    expect(sockets.last.url).toBe('ws://api/attach?after=106');
  });

  it('takes a fresh screen when too much was missed', () => {
    const { sockets, surface } = attached();
    sockets.last.say(encode('old'));
    loseAndReturn(sockets);
    sockets.last.say({ type: 'screen', offset: 9_000, cols: 120, rows: 40 });
    sockets.last.say(encode('new screen'));
    sockets.last.say(encode('!'));
    expect(surface.text).toBe('new screen!');
    loseAndReturn(sockets);
    expect(sockets.last.url).toBe('ws://api/attach?after=9001');
  });

  it('asks for the screen when the server continues after a gap', () => {
    const { sockets } = attached();
    loseAndReturn(sockets);
    sockets.last.say({ type: 'ready', offset: 500 });
    vi.advanceTimersByTime(400);
    expect(sockets.last.url).toBe('ws://api/attach');
  });

  it('keeps what is typed without a connection and sends it in order', () => {
    const { sockets, transport } = attached();
    transport.sendInput(encode('a'));
    expect(sockets.last.input()).toBe('a');
    sockets.last.drop();
    transport.sendInput(encode('b'));
    vi.advanceTimersByTime(400);
    sockets.last.accept();
    transport.sendInput(encode('c'));
    expect(sockets.last.input()).toBe('');
    sockets.last.say({ type: 'ready', offset: 100 });
    transport.sendInput(encode('d'));
    expect(sockets.last.input()).toBe('bcd');
  });

  it('bounds what it keeps and says when something is lost', () => {
    const { sockets, transport } = attached();
    sockets.last.drop();
    transport.sendInput(new Uint8Array(60_000));
    expect(transport.state.hasLostInput).toBe(false);
    transport.sendInput(new Uint8Array(10_000));
    expect(transport.state.hasLostInput).toBe(true);
    vi.advanceTimersByTime(400);
    sockets.last.accept();
    sockets.last.say({ type: 'ready', offset: 100 });
    expect(transport.state.hasLostInput).toBe(false);
    expect(sockets.last.input()).toHaveLength(60_000);
  });

  it('holds a paste back until the server has taken what came before', () => {
    const { sockets, transport } = setUp();
    sockets.last.accept();
    sockets.last.say({ type: 'ready', offset: 0, input_window: 65_536 });
    transport.sendInput(encode('a'.repeat(200_000)));
    expect(sockets.last.input()).toHaveLength(65_536);
    expect(transport.state.isInputHeld).toBe(false);
    vi.advanceTimersByTime(1_000);
    expect(transport.state.isInputHeld).toBe(true);
    sockets.last.say({ type: 'ack', offset: 20_000 });
    expect(sockets.last.input()).toHaveLength(81_920);
    transport.sendInput(encode('after'));
    for (let taken = 81_920; taken < 200_005; taken = sockets.last.input().length) {
      sockets.last.say({ type: 'ack', offset: taken });
    }
    expect(sockets.last.input()).toBe(`${'a'.repeat(200_000)}after`);
    expect(transport.state.isInputHeld).toBe(false);
  });

  it('drops what is held back when a key interrupts, and ends the paste first', () => {
    const { sockets, transport } = setUp();
    sockets.last.accept();
    sockets.last.say({ type: 'ready', offset: 0, input_window: 65_536 });
    transport.sendInput(encode(`\x1b[200~${'a'.repeat(200_000)}\x1b[201~`));
    transport.sendInput(encode('\x03'));
    expect(sockets.last.input().slice(65_536)).toBe('\x1b[201~\x03');
    expect(sockets.last.sent.at(-1)).toHaveLength(1);
    expect(transport.state.isInputHeld).toBe(false);
    transport.sendInput(encode('next'));
    sockets.last.say({ type: 'ack', offset: 65_543 });
    expect(sockets.last.input().endsWith('\x03next')).toBe(true);
  });

  it('keeps no more than 16 MB of a paste, and says so', () => {
    const { sockets, transport } = setUp();
    sockets.last.accept();
    sockets.last.say({ type: 'ready', offset: 0, input_window: 65_536 });
    transport.sendInput(new Uint8Array(16 * 1024 * 1024 + 1));
    expect(transport.state).toMatchObject({ hasLostInput: true, isInputHeld: false });
    transport.sendInput(encode('a'));
    expect(transport.state.hasLostInput).toBe(false);
    expect(sockets.last.input()).toBe('a');
  });

  it('tells the colours of the page to a server that takes them, and again when they change', () => {
    const { sockets, transport } = setUp();
    const ansi = Array.from({ length: 16 }, () => '#102030');
    const dark = { foreground: '#ffffff', background: '#000000', cursor: '#ffffff', ansi };
    transport.setColors(dark);
    sockets.last.accept();
    sockets.last.say({ type: 'ready', offset: 0 });
    expect(sockets.last.frames()).toEqual([]);
    loseAndReturn(sockets);
    sockets.last.say({ type: 'ready', offset: 0, input_window: 65_536 });
    transport.setColors({ ...dark, background: '#ffffff' });
    expect(sockets.last.frames()).toEqual([
      { type: 'colors', ...dark },
      { type: 'colors', ...dark, background: '#ffffff' },
    ]);
  });

  it('acknowledges what was drawn, at once after 64 KB and else after a moment', () => {
    const { sockets } = attached();
    expect(sockets.last.frames()).toEqual([]);
    vi.advanceTimersByTime(150);
    expect(sockets.last.frames()).toEqual([{ type: 'ack', offset: 100 }]);
    sockets.last.say(new Uint8Array(65_536).fill(97));
    expect(sockets.last.frames().at(-1)).toEqual({ type: 'ack', offset: 65_636 });
  });

  it('says its size on each attach unless the terminal has it, and follows that of others', () => {
    const { sockets, surface, transport } = attached();
    transport.resize({ cols: 80, rows: 24 });
    expect(sockets.last.frames()).toEqual([]);
    transport.resize({ cols: 100, rows: 30 });
    transport.resize({ cols: 100, rows: 30 });
    expect(sockets.last.frames()).toEqual([{ type: 'resize', cols: 100, rows: 30 }]);
    sockets.last.say({ type: 'resize', cols: 40, rows: 10 });
    expect(surface.calls.at(-1)).toBe('resize 40x10');
    transport.resize({ cols: 100, rows: 30 });
    expect(sockets.last.frames()).toHaveLength(2);
    loseAndReturn(sockets);
    sockets.last.say({ type: 'ready', offset: 100 });
    expect(sockets.last.frames()).toEqual([{ type: 'resize', cols: 100, rows: 30 }]);
  });

  it('ends with the shell', () => {
    const { sockets, transport } = attached();
    sockets.last.say({ type: 'exit', code: 3, signal: null });
    expect(transport.state.exit).toEqual({ code: 3, signal: null });
    vi.advanceTimersByTime(60_000);
    expect(sockets.made).toHaveLength(1);
    transport.sendInput(encode('x'));
    expect(sockets.last.input()).toBe('');
  });

  it('does not retry where the response would be the same', () => {
    const { sockets, transport } = setUp();
    sockets.last.accept();
    sockets.last.say({ type: 'error', code: 'terminal_not_found' });
    expect(transport.state.rejection).toBe('terminal_not_found');
    vi.advanceTimersByTime(60_000);
    expect(sockets.made).toHaveLength(1);
  });

  it('goes on showing what comes when typing is refused', () => {
    const { sockets, transport } = attached();
    transport.sendInput(encode('x'));
    sockets.last.say({ type: 'error', code: 'forbidden' });
    expect(transport.state).toMatchObject({ isWatching: true, rejection: null, connection: 'live' });
    const sent = sockets.last.input();
    transport.sendInput(encode('y'));
    expect(sockets.last.input()).toBe(sent);
    // Another role ends the connection; the next one asks again.
    sockets.last.drop();
    vi.advanceTimersByTime(400);
    sockets.last.accept();
    expect(transport.state.isWatching).toBe(false);
  });

  it('tries again after an error that passes', () => {
    const { sockets, transport } = setUp();
    sockets.last.accept();
    sockets.last.say({ type: 'error', code: 'daemon_unreachable' });
    sockets.last.drop();
    expect(transport.state.rejection).toBeNull();
    vi.advanceTimersByTime(400);
    expect(sockets.made).toHaveLength(2);
  });
});
