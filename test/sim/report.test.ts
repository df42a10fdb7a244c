import { compare, type Scenario, scenarios, simulate, sweep, toHtml, toPictures } from 'evenkeel/sim'
import { beforeAll, describe, expect, it } from 'vitest'

const VOID = new Set(['meta', 'path', 'rect', 'br'])

/** The tags that are not closed, or closed without having been opened. */
function unbalanced(markup: string): string[] {
  const open: string[] = []
  const wrong: string[] = []
  for (const [, closing, name = '', , selfClosing] of markup.matchAll(
    /<(\/?)([a-z][\w:-]*)((?:"[^"]*"|[^>"])*?)(\/?)>/gi,
  )) {
    if (closing) {
      if (open.pop() !== name) wrong.push(`</${name}>`)
    } else if (!selfClosing && !(VOID.has(name) && !markup.includes(`</${name}>`))) open.push(name)
  }
  return [...wrong, ...open]
}

const scenario: Scenario = { ...scenarios['grey-heals'], title: 'a < b & "c"', requests: 4_000 }
let html = ''
beforeAll(async () => {
  const comparison = await compare(scenario, ['random', 'leastLatency'])
  const swept = await sweep({ ...scenario, requests: 500 }, ['random'], { loads: [0.3, 0.6] })
  html = await toHtml(comparison, swept)
  // Nothing depends on what was drawn before.
  expect(await toHtml(comparison, swept)).toBe(html)
})

describe('the report', () => {
  it('needs nothing else: no script, no network', () => {
    const references = [...html.matchAll(/\b(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)/g)].map(
      ([, to]) => to,
    )
    expect(references.filter((to) => !to?.startsWith('#'))).toEqual([])
    expect(html).not.toMatch(/<script|<link|<img|@import/)
    // Names of namespaces are no addresses.
    const addresses = html.match(/https?:[^"'\s]+/g) ?? []
    expect(new Set(addresses)).toEqual(
      new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']),
    )
  })

  it('is well-formed, and escapes what it is given', () => {
    expect(unbalanced(html)).toEqual([])
    expect(html).toContain('a &lt; b &amp; &quot;c&quot;')
    const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('says in words what its plots show, with units', () => {
    const titles = [...html.matchAll(/<svg role="img" aria-label="([^"]+)"/g)].map(([, label]) => label)
    expect(titles).toEqual([
      '99th percentile of the latency over time',
      'Median of the latency over time',
      'Share of the traffic of &quot;grey&quot;: 1 server of 10',
      ...titles.slice(3, -1),
      '99th percentile of the latency against the load',
    ])
    for (const label of [
      'time [s]',
      'p99 [ms]',
      'share of the attempts [%]',
      'load [% of what the fleet can do]',
    ])
      expect(html).toContain(`>${label}</text>`)
    for (const variant of ['oracle', 'random', 'leastLatency']) {
      expect(html).toContain(`<th scope="row">${variant}</th>`)
      expect(html).toContain(`>${variant}</text>`)
    }
  })

  it('has pictures of a single run, too, each for itself', async () => {
    const pictures = await toPictures(await simulate({ ...scenario, requests: 1_000 }))
    expect(Object.keys(pictures)).toEqual(expect.arrayContaining(['p99-over-time', 'share-of-grey']))
    for (const svg of Object.values(pictures)) {
      expect(svg).toMatch(/^<svg /)
      expect(unbalanced(svg)).toEqual([])
    }
  })
})
