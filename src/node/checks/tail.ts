import { stripVTControlCharacters } from 'node:util'

/** So many bytes are kept. */
const MOST = 512

/** The last of what a program has written, however much that was. */
export class Tail {
  #bytes: Uint8Array = new Uint8Array()
  #cut = false

  add(chunk: Uint8Array): void {
    const last = chunk.subarray(-MOST)
    const kept = Math.min(this.#bytes.length, MOST - last.length)
    this.#cut ||= this.#bytes.length + chunk.length > MOST
    // A copy: a view would hold on to all of a chunk.
    const bytes = new Uint8Array(kept + last.length)
    bytes.set(this.#bytes.subarray(this.#bytes.length - kept))
    bytes.set(last, kept)
    this.#bytes = bytes
  }

  /** On one line, without colours. */
  toString(): string {
    // What was cut off may have left part of a character.
    const text = new TextDecoder().decode(this.#bytes).replace(/^\uFFFD+/, '')
    const line = stripVTControlCharacters(text)
      .replaceAll(/[\s\p{Cc}]+/gu, ' ')
      .trim()
    return this.#cut ? `...${line}` : line
  }
}
