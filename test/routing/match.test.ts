import { createBalancer, type RouteRule, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, type Fleet, fleet, outcomeOf } from '../support/fleet.js'

const endpoints = [
  { id: 'v1', url: 'http://v1', metadata: { version: 'v1' } },
  { id: 'v2', url: 'http://v2', metadata: { version: 'v2' } },
]

function routed(match: RouteRule['match']): Fleet {
  return fleet(
    { v1: answer, v2: answer },
    {
      endpoints,
      routes: [{ ...(match !== undefined && { match }), to: { version: 'v2' } }, { to: { version: 'v1' } }],
    },
  )
}

/** Does a rule apply to a request? */
async function matches(match: RouteRule['match'], path: string, init?: RequestInit): Promise<boolean> {
  const response = await routed(match).balancer.fetch(path, init)
  return (await response.text()) === 'v2'
}

describe('a rule matches', () => {
  const headers = { 'X-Canary': 'yes, always', cookie: 'a=1; tier=gold; a=2; odd; empty=; name=J%C3%BCrgen' }
  const post = { method: 'post', body: 'x' }
  it.each<[RouteRule['match'], string, RequestInit, boolean]>([
    [undefined, '/', {}, true],
    [{}, '/', {}, true],
    [{ path: '/v1' }, '/v1', {}, true],
    [{ path: '/v1' }, '/v1?x=/v1', {}, true],
    [{ path: '/v1' }, '/v1/me', {}, true],
    [{ path: '/v1/' }, '/v1/me', {}, true],
    [{ path: '/v1/' }, '/v1', {}, true],
    [{ path: '/v1' }, '/v10', {}, false],
    [{ path: '/v1' }, '/V1', {}, false],
    [{ path: '/v1' }, '/', {}, false],
    [{ path: '/v1' }, '/other/../v1/me', {}, true],
    [{ path: '/v1' }, 'https://users.internal/v1/me', {}, true],
    [{ path: '/' }, '/anything', {}, true],
    [{ path: { prefix: '/v1' } }, '/v1/me', {}, true],
    [{ path: { exact: '/v1' } }, '/v1', {}, true],
    [{ path: { exact: '/v1' } }, '/v1/me', {}, false],
    [{ path: { pattern: /\/users\/\d+$/g } }, '/v1/users/12', {}, true],
    [{ path: { pattern: /\/users\/\d+$/ } }, '/v1/users/me', {}, false],
    [{ method: 'post' }, '/', post, true],
    [{ method: ['PUT', 'Post'] }, '/', post, true],
    [{ method: ['PUT', 'PATCH'] }, '/', post, false],
    [{ header: { 'x-canary': true } }, '/', { headers }, true],
    [{ header: { 'X-CANARY': 'yes, always' } }, '/', { headers }, true],
    [{ header: { 'x-canary': 'yes' } }, '/', { headers }, false],
    [{ header: { 'x-canary': /^yes\b/ } }, '/', { headers }, true],
    [{ header: { 'x-other': true } }, '/', { headers }, false],
    [{ header: { 'x-other': /.*/ } }, '/', {}, false],
    [{ cookie: { tier: 'gold' } }, '/', { headers }, true],
    [{ cookie: { tier: /old/ } }, '/', { headers }, true],
    [{ cookie: { name: 'Jürgen' } }, '/', { headers }, true],
    [{ cookie: Object.fromEntries([['toString', true as const]]) }, '/', { headers }, false],
    [{ cookie: { a: '1' } }, '/', { headers }, true],
    [{ cookie: { a: '2' } }, '/', { headers }, false],
    [{ cookie: { empty: true } }, '/', { headers }, true],
    [{ cookie: { odd: true } }, '/', { headers }, false],
    [{ cookie: { tier: true } }, '/', {}, false],
    [{ query: { beta: '1' } }, '/?alpha=2&beta=0&beta=1', {}, true],
    [{ query: { 'b c': 'd e' } }, '/?b%20c=d+e', {}, true],
    [{ query: { beta: true } }, '/?beta', {}, true],
    [{ query: { beta: true } }, '/', {}, false],
    [{ path: '/v1', method: 'POST', header: { 'x-canary': true } }, '/v1', { ...post, headers }, true],
    [{ path: '/v1', method: 'POST', header: { 'x-canary': true } }, '/v1', { headers }, false],
    [({ search }) => search === '?x', '/v1?x', {}, true],
    [({ headers }) => headers.has('x-canary'), '/', {}, false],
  ])('%j of %s: case %#', async (match, path, init, expected) => {
    expect(await matches(match, path, init)).toBe(expected)
  })

  it('every time, whatever flags an expression has', async () => {
    const { balancer } = routed({ path: { pattern: /v/gy }, header: { x: /y/g } })
    const init = { headers: { x: 'y' } }
    // Sticky: only where the path begins.
    for (let i = 0; i < 3; i++) expect(await (await balancer.fetch('/v', init)).text()).toBe('v1')
    const sticky = routed({ path: { pattern: /\/v/gy }, header: { x: /y/g } })
    for (let i = 0; i < 3; i++) expect(await (await sticky.balancer.fetch('/v', init)).text()).toBe('v2')
  })

  it('a call without a request only if it is for all calls', async () => {
    const f = fleet(
      { v1: answer, v2: answer },
      {
        endpoints,
        policy: roundRobin(),
        routes: [
          { match: { path: '/' }, to: { version: 'v2' } },
          { match: () => true, to: { version: 'v2' } },
          { name: 'rest', match: {}, to: { version: 'v1' } },
        ],
      },
    )
    for (let i = 0; i < 5; i++) {
      expect(await f.balancer.execute(({ endpoint }) => endpoint.id)).toBe('v1')
      using pick = f.balancer.pick()
      expect(pick.endpoint.id).toBe('v1')
    }
    expect(f.balancer.snapshot().routes?.map(({ calls }) => calls)).toEqual([0, 0, 10])
  })

  it('by a function that throws or gives a promise: the call fails with that, and nothing is sent', async () => {
    const mistake = new Error('mistake')
    const throws = routed(() => {
      throw mistake
    })
    expect((await outcomeOf(throws.balancer.fetch('/'))).error).toBe(mistake)
    const promises = routed((async () => false) as never)
    expect((await outcomeOf(promises.balancer.fetch('/'))).error).toMatchObject({
      code: 'ERR_INVALID_CONFIG',
      message: expect.stringContaining('`routes[0].match`'),
    })
    expect([...throws.sent, ...promises.sent]).toEqual([])
  })
})

describe('a mistake in rules is told at once, with its place', () => {
  const to = { version: 'v2' }
  it.each<[unknown, string]>([
    [{}, 'routes'],
    [[null], 'routes[0]'],
    [[{}], 'routes[0].to'],
    [[{ to: 'v2' }], 'routes[0].to'],
    [[{ to: { version: undefined } }], 'routes[0].to.version'],
    [[{ to: { version: { a: 1 } } }], 'routes[0].to.version'],
    [[{ to: { version: [] } }], 'routes[0].to.version'],
    [[{ to: { version: Number.NaN } }], 'routes[0].to.version'],
    [[{ to: [] }], 'routes[0].to'],
    [[{ to: [{ subset: to, weight: 0 }] }], 'routes[0].to'],
    [[{ to }, { to }, { to: [{ subset: to, weight: -1 }] }], 'routes[2].to[0].weight'],
    [[{ to: [{ subset: to, wieght: 1 }] }], 'routes[0].to[0].wieght'],
    [[{ to: [{ subset: to }, { subset: { version: ['v2'] } }] }], 'routes[0].to[1].subset'],
    [[{ to, fallback: 'some' }], 'routes[0].fallback'],
    [[{ to, fallback: 5 }], 'routes[0].fallback'],
    [[{ to, name: '' }], 'routes[0].name'],
    [
      [
        { to, name: 'a' },
        { to, name: 'a' },
      ],
      'routes[1].name',
    ],
    [[{ to, match: 'x' }], 'routes[0].match'],
    [[{ to, match: { path: 'v1' } }], 'routes[0].match.path'],
    [[{ to, match: { path: '/v1?x' } }], 'routes[0].match.path'],
    [[{ to, match: { path: /v1/ } }], 'routes[0].match.path'],
    [[{ to, match: { path: { exact: '/', prefix: '/' } } }], 'routes[0].match.path'],
    [[{ to, match: { path: { pattern: '^/' } } }], 'routes[0].match.path.pattern'],
    [[{ to, match: { method: [] } }], 'routes[0].match.method'],
    [[{ to, match: { method: 5 } }], 'routes[0].match.method'],
    [[{ to, match: { header: 'x' } }], 'routes[0].match.header'],
    [[{ to, match: { header: { 'x y': true } } }], 'routes[0].match.header'],
    [[{ to, match: { header: { x: false } } }], 'routes[0].match.header.x'],
    [[{ to, match: { cookie: { '': true } } }], 'routes[0].match.cookie'],
    [[{ to, match: { queri: {} } }], 'routes[0].match.queri'],
    [[{ to, mirror: {} }], 'routes[0].mirror.subset'],
    [[{ to, mirror: { subset: to, share: 2 } }], 'routes[0].mirror.share'],
    [[{ to, mirror: { subset: to, maxInFlight: 0 } }], 'routes[0].mirror.maxInFlight'],
    [[{ to, mirror: { subset: to, header: 'a b' } }], 'routes[0].mirror.header'],
    [[{ to, mirror: { subset: to, header: true } }], 'routes[0].mirror.header'],
    [[{ to, mirror: { subset: to, methods: 'GET' } }], 'routes[0].mirror.methods'],
    [[{ to, mirror: { subset: to, timeout: 0 } }], 'routes[0].mirror.timeout'],
  ])('%j: %s', (routes, path) => {
    expect(() => createBalancer({ endpoints: ['http://a'], routes: routes as RouteRule[] })).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_CONFIG',
        message: expect.stringContaining(`\`${path}\``),
      }),
    )
  })
})
