import {
  type Balancer,
  type BalancerErrorCode,
  type BalancerEvents,
  createBalancer,
  isBalancerError,
  type Policy,
  wrapFetch,
} from 'evenkeel'
import { describe, expectTypeOf, it } from 'vitest'

declare const balancer: Balancer

describe('what is fetch-like', () => {
  it('can stand for fetch', () => {
    expectTypeOf(balancer.fetch).toExtend<typeof globalThis.fetch>()
    expectTypeOf(wrapFetch(fetch, { users: balancer })).toExtend<typeof globalThis.fetch>()
  })

  it('knows the options of one call, and no other', () => {
    balancer.fetch('/', { method: 'POST', balancer: { idempotent: true, timeout: false } })
    // @ts-expect-error: the budget is the balancer's
    balancer.fetch('/', { balancer: { retry: { budget: {} } } })
    // @ts-expect-error: a misspelt option
    balancer.fetch('/', { balancer: { timeot: 5 } })
  })
})

describe('execute', () => {
  it('gives what its action gives', () => {
    expectTypeOf(balancer.execute(() => 5)).resolves.toBeNumber()
    expectTypeOf(balancer.execute(async () => ['x'])).resolves.toEqualTypeOf<string[]>()
  })

  it('hands its action an endpoint that cannot be changed', () => {
    balancer.execute(({ endpoint, signal }) => {
      expectTypeOf(endpoint.hostname).toBeString()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      // @ts-expect-error: read-only
      endpoint.weight = 3
    })
  })
})

describe('events and errors', () => {
  it('have a type for each name', () => {
    balancer.on('ejected', (event) => expectTypeOf(event).toEqualTypeOf<BalancerEvents['ejected']>())
    // @ts-expect-error: no such event
    balancer.on('exploded', () => {})
  })

  it('are told apart by code', () => {
    const error: unknown = undefined
    if (isBalancerError(error)) expectTypeOf(error.code).toEqualTypeOf<BalancerErrorCode>()
  })
})

describe('createBalancer', () => {
  it('takes a policy as small as it can be', () => {
    const first: Policy = { name: 'first', pick: (view) => view.at(0) }
    expectTypeOf(createBalancer({ endpoints: [], policy: first })).toEqualTypeOf<Balancer>()
  })

  it('takes no option that there is not', () => {
    // @ts-expect-error: a misspelt option
    createBalancer({ endpoints: [], polcy: 1 })
  })
})
