/** The headers of a response, which are what they are. */
export class ResponseHeaders extends Headers {
  #sealed = false

  /** @param raw names and values by turns, as they came */
  constructor(raw: readonly (Uint8Array | string)[]) {
    super()
    for (let i = 0; i + 1 < raw.length; i += 2) super.append(text(raw[i]), text(raw[i + 1]))
    this.#sealed = true
  }

  override append(name: string, value: string): void {
    if (this.#sealed) throw new TypeError('immutable')
    super.append(name, value)
  }

  override set(): void {
    throw new TypeError('immutable')
  }

  override delete(): void {
    throw new TypeError('immutable')
  }
}

/** Headers are bytes; whoever reads them sees each as a character. */
function text(given: Uint8Array | string | undefined): string {
  return typeof given === 'string' ? given : Buffer.from(given ?? []).toString('latin1')
}
