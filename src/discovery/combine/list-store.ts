/** Keeps a text, for one source: a file, a key of a key-value store. */
export interface ListStore {
  /** What was kept; nothing if that was nothing. */
  get(): string | null | undefined | Promise<string | null | undefined>
  set(text: string): void | Promise<void>
}
