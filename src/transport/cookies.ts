import { parseCookie } from 'cookie'

/**
 * The values of a `cookie` header by their names, decoded. Of a name that comes twice the first counts,
 * which browsers make the one of the closest path.
 */
export function parseCookies(header: string): Readonly<Record<string, string | undefined>> {
  // Without a prototype: a cookie that is not there is not there, whatever its name.
  return parseCookie(header)
}
