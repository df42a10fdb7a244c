import type { WriteStream } from 'node:tty'

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
/** Lines that are too long are cut by the terminal, so that they never take two rows. */
const WRAP_OFF = '\x1b[?7l'
const WRAP_ON = '\x1b[?7h'
/** Terminals that know it show what lies between in one go; the others ignore it. */
const BEGIN_UPDATE = '\x1b[?2026h'
const END_UPDATE = '\x1b[?2026l'
const CLEAR_TO_LINE_END = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'
const CLEAR_ALL = '\x1b[2J\x1b[H'

/** A block of lines at the end of a terminal's output that is drawn over itself, line by line. */
export class Screen {
  readonly #stream: WriteStream
  readonly #onResize = () => this.#resized()
  #height = 0
  #open = false

  constructor(stream: WriteStream) {
    this.#stream = stream
  }

  /** How many lines there is room for. */
  get rows(): number {
    return (this.#stream.rows || 24) - 1
  }

  draw(lines: readonly string[]): void {
    // A terminal that cannot keep up gets the next picture instead.
    if (this.#stream.writableNeedDrain) return
    if (!this.#open) this.#begin()
    const up = this.#height === 0 ? '' : `\x1b[${this.#height}A`
    const body = lines.map((line) => `${line}${CLEAR_TO_LINE_END}\n`).join('')
    this.#height = lines.length
    this.#stream.write(`${BEGIN_UPDATE}\r${up}${body}${CLEAR_BELOW}${END_UPDATE}`)
  }

  /** Leaves what was drawn last, and the terminal as it was. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#stream.off('resize', this.#onResize)
    this.#stream.write(END_UPDATE + WRAP_ON + SHOW_CURSOR)
  }

  #begin(): void {
    this.#open = true
    this.#stream.on('resize', this.#onResize)
    this.#stream.write(HIDE_CURSOR + WRAP_OFF)
  }

  /** The terminal may have moved everything: starts on an empty page. */
  #resized(): void {
    this.#height = 0
    this.#stream.write(CLEAR_ALL)
  }
}
