const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/
const IPV6 = /^[0-9a-f:.]{2,45}$/i
/** The longest that is one: an IPv6 address with brackets, a zone and a port. */
const LONGEST = 80

/**
 * The first bits of an address as a text, such as `203.0.113.0/24`; `undefined` for what is not one. A port
 * behind it and a zone are left out, and an IPv4 address in IPv6 clothes is an IPv4 address.
 */
export function ipPrefix(text: string, ipv4Bits: number, ipv6Bits: number): string | undefined {
  const address = withoutPort(text.trim())
  if (address === undefined) return undefined
  const groups = address.includes(':') ? parseIpv6(address) : parseIpv4(address)
  if (groups === undefined) return undefined
  return groups.length === 4
    ? `${mask(groups, 8, ipv4Bits).join('.')}/${ipv4Bits}`
    : `${mask(groups, 16, ipv6Bits)
        .map((group) => group.toString(16))
        .join(':')}/${ipv6Bits}`
}

function withoutPort(text: string): string | undefined {
  if (text.length > LONGEST) return undefined
  if (text.startsWith('[')) return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1]
  // One colon is a port's; an address that has any has two.
  const colon = text.indexOf(':')
  return colon >= 0 && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text
}

function parseIpv4(text: string): number[] | undefined {
  const groups = IPV4.exec(text)?.slice(1).map(Number)
  return groups?.every((group) => group <= 255) ? groups : undefined
}

function parseIpv6(text: string): number[] | undefined {
  const zone = text.indexOf('%')
  const address = zone < 0 ? text : text.slice(0, zone)
  // The platform's parser knows all the ways to write one, and gives it back in one of them.
  const url = `http://[${address}]`
  if (!IPV6.test(address) || !URL.canParse(url)) return undefined
  const [head = '', tail] = new URL(url).hostname.slice(1, -1).split('::')
  const before = hexGroups(head)
  const after = hexGroups(tail ?? '')
  const gap = new Array<number>(8 - before.length - after.length).fill(0)
  const groups = [...before, ...gap, ...after]
  const [last = 0, least = 0] = groups.slice(6)
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  return mapped ? [last >> 8, last & 255, least >> 8, least & 255] : groups
}

function hexGroups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

function mask(groups: readonly number[], width: number, bits: number): number[] {
  return groups.map((group, index) => {
    const rest = Math.min(width, Math.max(0, bits - index * width))
    return group & ((2 ** rest - 1) << (width - rest))
  })
}
