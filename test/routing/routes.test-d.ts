import { type Balancer, createBalancer, type RouteRule } from 'evenkeel'
import { describe, expectTypeOf, it } from 'vitest'

declare const balancer: Balancer

describe('rules', () => {
  it('are plain data, and misspelt names are noticed', () => {
    createBalancer({
      endpoints: [],
      routes: [
        { match: { path: '/a', method: ['GET'], header: { a: true, b: /b/ } }, to: { version: 'v1' } },
        { match: ({ path }) => path === '/', to: [{ subset: { ring: [1, 2] }, weight: 5 }], fallback: 'any' },
        // @ts-expect-error: a misspelt option
        { to: {}, falback: 'any' },
        // @ts-expect-error: values of metadata that can be compared
        { to: { version: new Date() } },
        // @ts-expect-error: a promise would always mean yes
        { match: async () => true, to: {} },
      ],
    })
    expectTypeOf<{ to: { version: 'v2' } }>().toExtend<RouteRule>()
  })

  it('can be gone past by a call', () => {
    balancer.fetch('/', { balancer: { subset: { version: 'v2' } } })
    balancer.pick({ subset: { version: ['v1', 'v2'], canary: true } })
    // @ts-expect-error: not a value
    balancer.execute(() => 1, { subset: { version: undefined } })
  })
})

describe('the snapshot', () => {
  it('tells of routes where there are any', () => {
    expectTypeOf(balancer.snapshot().routes?.[0]?.to[0]?.falling).toEqualTypeOf<boolean | undefined>()
    expectTypeOf(balancer.snapshot().counts.mirrored).toBeNumber()
  })
})
