import { type RouteTarget, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, type Fleet, fleet } from '../support/fleet.js'

const endpoints = ['v1', 'v2', 'v3'].map((version) => ({
  id: version,
  url: `http://${version}`,
  metadata: { version },
}))

function split(weights: Record<string, number>): Fleet {
  const to: RouteTarget[] = Object.entries(weights).map(([version, weight]) => ({
    subset: { version },
    weight,
  }))
  return fleet(
    { v1: answer, v2: answer, v3: answer },
    {
      endpoints,
      policy: roundRobin(),
      routes: [{ to }],
      hashKey: ({ headers }) => headers.get('x-user') ?? undefined,
    },
  )
}

async function versionOf({ balancer }: Fleet, user: string): Promise<string> {
  return (await balancer.fetch('/', { headers: { 'x-user': user } })).text()
}

const users = Array.from({ length: 1_000 }, (_, i) => `user-${i}`)

async function versions(f: Fleet): Promise<string[]> {
  const found: string[] = []
  for (const user of users) found.push(await versionOf(f, user))
  return found
}

function count(all: readonly string[], version: string): number {
  return all.filter((one) => one === version).length
}

describe('weights without a key', () => {
  it('are shares of the calls', async () => {
    const f = split({ v1: 95, v2: 5, v3: 0 })
    for (let i = 0; i < 4_000; i++) await f.balancer.fetch('/')
    // Expected 200 of 4 000; sigma = sqrt(4 000 x 0.05 x 0.95) = 13.8.
    expect(f.hits()['v2']).toBeGreaterThan(200 - 4 * 14)
    expect(f.hits()['v2']).toBeLessThan(200 + 4 * 14)
    expect(f.hits()['v3']).toBeUndefined()
    const [route] = f.balancer.snapshot().routes ?? []
    expect(route).toMatchObject({ name: 'routes[0]', calls: 4_000 })
    expect(route?.to.map(({ subset, weight, calls }) => [subset, weight, calls])).toEqual([
      [{ version: 'v1' }, 95, f.hits()['v1']],
      [{ version: 'v2' }, 5, f.hits()['v2']],
      [{ version: 'v3' }, 0, 0],
    ])
  })

  it('need not be parts of 100, and are 1 where they are left out', async () => {
    const f = fleet(
      { v1: answer, v2: answer, v3: answer },
      {
        endpoints,
        routes: [{ to: [{ subset: { version: 'v1' }, weight: 3 }, { subset: { version: ['v2', 'v3'] } }] }],
      },
    )
    for (let i = 0; i < 2_000; i++) await f.balancer.fetch('/')
    // sigma = sqrt(2 000 x 0.75 x 0.25) = 19.4.
    expect(Math.abs((f.hits()['v1'] ?? 0) - 1_500)).toBeLessThan(4 * 20)
  })
})

describe('weights with a key', () => {
  it('are shares of the keys, and a key stays where it is, in another process too', async () => {
    const first = await versions(split({ v1: 95, v2: 5 }))
    // Expected 50 of 1 000; sigma = sqrt(1 000 x 0.05 x 0.95) = 6.9.
    expect(Math.abs(count(first, 'v2') - 50)).toBeLessThan(4 * 7)
    expect(await versions(split({ v1: 95, v2: 5 }))).toEqual(first)
    expect(await versions(split({ v2: 5, v1: 95 }))).toEqual(first)
  })

  it('keep those who are in it in a share that grows, of two or of three', async () => {
    const steps = [
      { v1: 95, v2: 5 },
      { v1: 90, v2: 10 },
      { v1: 50, v2: 50 },
      { v1: 0, v2: 1 },
    ]
    let before = await versions(split(steps[0] as Record<string, number>))
    for (const step of steps.slice(1)) {
      const after = await versions(split(step))
      expect(count(after, 'v2')).toBeGreaterThan(count(before, 'v2'))
      before.forEach((version, i) => {
        if (version === 'v2') expect(after[i]).toBe('v2')
      })
      before = after
    }
    const three = await versions(split({ v1: 80, v2: 10, v3: 10 }))
    const more = await versions(split({ v1: 60, v2: 20, v3: 20 }))
    three.forEach((version, i) => {
      if (version !== 'v1') expect(more[i]).toBe(version)
    })
  })

  it('give execute and pick the same as fetch', async () => {
    const f = split({ v1: 50, v2: 50 })
    for (const user of users.slice(0, 50)) {
      const version = await versionOf(f, user)
      expect(await f.balancer.execute(({ endpoint }) => endpoint.id, { hashKey: user })).toBe(version)
      using pick = f.balancer.pick({ hashKey: user })
      expect(pick.endpoint.id).toBe(version)
    }
  })
})
