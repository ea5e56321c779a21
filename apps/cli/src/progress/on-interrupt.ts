/** Turns Ctrl-C into an end of the wait. Dispose it to give it its usual effect again. */
export function onInterrupt(): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const onSignal = () => controller.abort(new Error('interrupted'));
  process.once('SIGINT', onSignal);
  return { signal: controller.signal, [Symbol.dispose]: () => process.off('SIGINT', onSignal) };
}
