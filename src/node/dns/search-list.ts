/** As much of `ndots` as the resolver of glibc heeds. */
const MOST_DOTS = 15

/**
 * The names that a name may stand for, in the order in which they are tried: what `search` and `options ndots` of
 * resolv.conf(5) say. Of several `search` or `domain` lines the last one counts.
 */
export function searchList(name: string, resolvConf: string): readonly string[] {
  let domains: readonly string[] = []
  let ndots = 1
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/)
    if (keyword === 'search') domains = words
    if (keyword === 'domain') domains = words.slice(0, 1)
    if (keyword === 'options') ndots = words.reduce(ndotsOf, ndots)
  }
  const suffixed = domains.map((domain) => `${name}.${domain.replace(/^\.|\.$/g, '')}`.replace(/\.$/, ''))
  const dots = name.split('.').length - 1
  return [...new Set(dots >= ndots ? [name, ...suffixed] : [...suffixed, name])]
}

function ndotsOf(before: number, option: string): number {
  const digits = /^ndots:(\d+)$/.exec(option)?.[1]
  return digits === undefined ? before : Math.min(Number(digits), MOST_DOTS)
}
