import { proxyVersion } from '../proxies/start.mjs'

/** Parts contenders that can take part here from those whose proxy is not installed, with the reason in words. */
export function leaveOut(contenders, names, versionOf = proxyVersion) {
  const versions = new Map()
  for (const name of names) {
    const { proxy } = contenders[name]
    if (proxy !== undefined && !versions.has(proxy)) versions.set(proxy, versionOf(proxy))
  }
  const missing = [...versions.keys()].filter((proxy) => versions.get(proxy) === undefined)
  const isMissing = (name) => missing.includes(contenders[name].proxy)
  const leftOut = missing.map((proxy) => {
    const lost = names.filter((name) => contenders[name].proxy === proxy)
    return `${proxy} is not installed here, so there is no ${lost.join(', ')} (apt-get install ${proxy})`
  })
  return { names: names.filter((name) => !isMissing(name)), leftOut, versions: Object.fromEntries(versions) }
}
