import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'

/**
 * Tells that something happened in a directory, and not to a file: editors, and Kubernetes, put another file, or another
 * link, in the place of the old one, which a watcher of the file itself would not see.
 */
export class DirectoryWatch {
  readonly #path: string
  readonly #onEvent: () => void
  #watcher: FSWatcher | undefined
  /** Which directory is watched: there may be another one under its name. */
  #watched: string | undefined
  #closed = false

  constructor(path: string, onEvent: () => void) {
    this.#path = path
    this.#onEvent = onEvent
  }

  /** Watches what is there now, if it does not already. @throws Error if there is no directory, or none can be watched */
  async renew(): Promise<void> {
    const { dev, ino } = await stat(this.#path)
    const directory = `${dev},${ino}`
    if (this.#closed || directory === this.#watched) return
    this.#end()
    this.#watcher = watch(this.#path, { persistent: false }, this.#onEvent)
    this.#watched = directory
    // The next look tries again.
    this.#watcher.on('error', () => this.#end())
  }

  close(): void {
    this.#closed = true
    this.#end()
  }

  #end(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#watched = undefined
  }
}
