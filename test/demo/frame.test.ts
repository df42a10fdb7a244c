import { createBalancer, type EndpointSnapshot } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { bar } from '../../demo/format.ts'
import { frame } from '../../demo/frame.ts'
import type { Scene } from '../../demo/monitor.ts'
import { SERVERS } from '../../demo/story.ts'

const none = { calls: 0, succeeded: 0, failed: 0, successRate: 1, failures: {}, slow: 0 }
const silence = { ...none, p50: null, p90: null, p99: null, max: null }
const names = SERVERS.map(({ name }) => name)

/** A moment of `names`, with one endpoint as given. */
function scene(endpoint: Partial<EndpointSnapshot> = {}, left?: number, latency?: number): Scene {
  const balancer = createBalancer({ endpoints: names.map((name) => `http://${name}`) })
  return {
    elapsed: 12.3,
    seconds: 20,
    troubles: ['beta takes 700 ms', 'gamma answers 503', 'epsilon is down'],
    entries: Array.from({ length: 9 }, (_, i) => ({ at: i, by: 'fleet', text: `news ${i}` })),
    servers: balancer.snapshot().endpoints.map((usual, index) => ({
      name: names[index] as string,
      weight: 1,
      balanced: {
        share: 1,
        latency: index === 0 ? latency : 20,
        inFlight: 99,
        endpoint: index === 0 ? { ...usual, ...endpoint } : usual,
        left: index === 0 ? left : undefined,
      },
      plain: { share: 1, latency: 888, inFlight: 99, failed: 1 },
    })),
    balanced: silence,
    plain: { ...silence, calls: 123_456, failed: 12_345, p50: 999, p99: 999 },
    retries: 12_345,
  }
}

const draw = (moment: Scene, rows = 50) => frame(moment, (_, text) => text, rows)

describe('the picture of the demo', () => {
  it('fits 80 columns, and any number of rows', () => {
    expect(Math.max(...draw(scene()).map((line) => line.length))).toBeLessThan(80)
    for (const rows of [5, 18, 23, 24, 25, 26, 27, 50]) {
      expect(draw(scene(), rows).length).toBeLessThanOrEqual(rows)
    }
  })

  it('shows every server and the latest news on 24 rows', () => {
    const text = draw(scene(), 23).join('\n')
    for (const name of names) expect(text).toContain(` ${name}`)
    expect(text).toContain('news 8')
    expect(text).not.toContain('news 0')
  })

  it("says in the balancer's words what it does with a server, and for how long", () => {
    const ejected = { eligible: false, state: 'ejected', reason: 'ejected by outlier detection' } as const
    expect(draw(scene(ejected, 3_200, 20)).join('\n')).toContain('ejected by outlier detection, 3.2 s to go')
    expect(draw(scene({}, undefined, 20)).join('\n')).not.toContain('to go')
  })

  it('says of an eligible server that is much slower than the others why it gets so little', () => {
    expect(draw(scene({}, undefined, 700)).join('\n')).toContain('eligible but slow')
    expect(draw(scene({}, undefined, 60)).join('\n')).not.toContain('eligible but slow')
  })

  it('draws bars to an eighth of a cell, and never hides what is there', () => {
    expect(bar(0, 4)).toBe('    ')
    expect(bar(0.0001, 4)).toBe('▏   ')
    expect(bar(0.5, 4)).toBe('██  ')
    expect(bar(0.53125, 4)).toBe('██▏ ')
    expect(bar(7, 4)).toBe('████')
  })
})
