/** Deno's timers are numbers, and it has a function for this. */
interface Host {
  readonly Deno?: { unrefTimer?(timer: number): void }
}

/** Makes a timer nobody's reason to keep the process alive, where timers can be told that. */
export function unref(timer: unknown): void {
  if (typeof timer === 'number') (globalThis as Host).Deno?.unrefTimer?.(timer)
  else (timer as { unref?: () => void } | null | undefined)?.unref?.()
}
