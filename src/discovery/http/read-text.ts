/** Reads a body as text, and not more of it than so many bytes: who sends more must not fill our memory. */
export class TextReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  readonly #decoder = new TextDecoder()
  readonly #most: number
  #size = 0

  constructor({ body }: Response, most = Number.POSITIVE_INFINITY) {
    this.#reader = body?.getReader()
    this.#most = most
  }

  /** `undefined` at the end. @throws RangeError */
  async next(): Promise<string | undefined> {
    const chunk = await this.#reader?.read()
    if (chunk === undefined || chunk.done) return undefined
    this.#size += chunk.value.byteLength
    if (this.#size > this.#most) throw new RangeError(`it is longer than ${this.#most} bytes`)
    return this.#decoder.decode(chunk.value, { stream: true })
  }

  /** All of it. @throws RangeError */
  async all(): Promise<string> {
    const texts: string[] = []
    for (let text = await this.next(); text !== undefined; text = await this.next()) texts.push(text)
    return texts.join('')
  }

  /** Whatever is still to come is not wanted. */
  cancel(): void {
    this.#reader?.cancel().catch(() => {})
  }
}
