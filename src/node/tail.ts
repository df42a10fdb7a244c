import { stripVTControlCharacters } from 'node:util'

/** So many bytes are kept. */
const MOST = 512

/** The last of what a program has written, however much that was. */
export class Tail {
  #bytes: Uint8Array = new Uint8Array()
  #cut = false

  add(chunk: Uint8Array): void {
    const all = Buffer.concat([this.#bytes, chunk.subarray(-MOST)])
    this.#cut ||= this.#bytes.length + chunk.length > MOST
    this.#bytes = all.subarray(-MOST)
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
