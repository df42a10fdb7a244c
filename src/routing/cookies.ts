/**
 * The cookies of a `cookie` header, as they stand there but for quotes around a value: nothing is
 * decoded, since how a value is encoded is between the server and itself. Of a name that comes twice the
 * first counts, which by RFC 6265 is the one of the more specific path.
 *
 * Source: RFC 6265, 4.2 and 5.4.
 */
export function parseCookies(header: string): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals < 0) continue
    const name = pair.slice(0, equals).trim()
    if (name === '' || cookies.has(name)) continue
    const value = pair.slice(equals + 1).trim()
    const quoted = value.length > 1 && value.startsWith('"') && value.endsWith('"')
    cookies.set(name, quoted ? value.slice(1, -1) : value)
  }
  return cookies
}
