import { describe } from '../core/errors.js'

/**
 * The parser's own message repeats the text around the place, whatever that is.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new SyntaxError(
      `it is no JSON, but ${text.length} characters that begin with ${describe(text.slice(0, 1))}`,
    )
  }
}
