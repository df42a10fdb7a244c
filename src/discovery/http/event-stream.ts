/** What can be given back in a header; any other id is no id. */
const ID = /^[ -~]{0,1000}$/

/**
 * Server-sent events out of text, however it is cut.
 *
 * Source: HTML Living Standard, 9.2.6, "Interpreting an event stream".
 */
export class EventStream {
  /** The beginning of a line whose end has not come. */
  #line = ''
  #afterReturn = false
  #data: string[] = []
  #size = 0
  readonly #most: number
  #type = ''
  #id: string
  /** How long to wait before the next connection, in ms, if the server said so. */
  retry: number | undefined
  /** Of the last event that was complete. */
  lastEventId: string

  /** `most`: so many characters of an event are kept. */
  constructor(lastEventId: string, most: number) {
    this.#most = most
    this.#id = lastEventId
    this.lastEventId = lastEventId
  }

  /** Is there an event, or a line, that has begun and not ended? */
  get unfinished(): boolean {
    return this.#line !== '' || this.#data.length > 0 || this.#type !== ''
  }

  /** The data of the messages that this text completes. @throws RangeError */
  push(text: string): string[] {
    if (text === '') return []
    const rest = this.#afterReturn && text.startsWith('\n') ? text.slice(1) : text
    this.#afterReturn = text.endsWith('\r')
    const lines = rest.split(/\r\n|\n|\r/)
    const last = lines.length - 1
    const messages: string[] = []
    for (let i = 0; i < last; i++) {
      const line = this.#line + lines[i]
      this.#line = ''
      if (line !== '') this.#field(line)
      else this.#dispatch(messages)
    }
    this.#line += lines[last]
    if (this.#line.length + this.#size > this.#most)
      throw new RangeError(`an event is longer than ${this.#most} characters`)
    return messages
  }

  #field(line: string): void {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'data') {
      this.#data.push(value)
      // The line has an end that counts, or empty lines would be for free.
      this.#size += value.length + 1
    } else if (name === 'event') this.#type = value
    else if (name === 'id' && ID.test(value)) this.#id = value
    else if (name === 'retry' && /^\d+$/.test(value)) this.retry = Number(value)
    // A line that begins with a colon is a comment, by which the server says that it is there.
  }

  #dispatch(messages: string[]): void {
    const { length } = this.#data
    const isMessage = length > 0 && (this.#type === '' || this.#type === 'message')
    this.lastEventId = this.#id
    if (isMessage) messages.push(this.#data.join('\n'))
    this.#data = []
    this.#size = 0
    this.#type = ''
  }
}
