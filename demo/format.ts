import { styleText } from 'node:util'

/** Colours and the like, as `styleText` names them. */
export type Format = Parameters<typeof styleText>[0]

/** Puts a colour on a text, or leaves it as it is. */
export type Paint = (format: Format, text: string) => string

/** Colours where the stream can show them and nobody has turned them off (NO_COLOR, FORCE_COLOR). */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return (format, text) => styleText(format, text, { stream })
}

export function count(number: number): string {
  return number.toLocaleString('en-GB')
}

/** `52 %`; a share that is not 0 or all is never shown as if it were. */
export function percent(share: number, digits = 0): string {
  const unit = 10 ** digits
  const rounded = Math.round(share * 100 * unit)
  const kept = Math.min(Math.max(rounded, share > 0 ? 1 : 0), share < 1 ? 100 * unit - 1 : 100 * unit)
  if (share > 0 && kept > rounded) return `< ${(kept / unit).toFixed(digits)} %`
  return `${(kept / unit).toFixed(digits)} %`
}

export function milliseconds(latency: number | null | undefined): string {
  if (latency === null || latency === undefined) return '–'
  return `${count(Math.round(latency))} ms`
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of up to `width` cells; `share` from 0 to 1. What is not 0 can be seen. */
export function bar(share: number, width: number): string {
  const full = Math.min(Math.max(share, 0), 1) * width * 8
  const eighths = share > 0 ? Math.max(1, Math.round(full)) : 0
  return ('█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]).padEnd(width)
}
