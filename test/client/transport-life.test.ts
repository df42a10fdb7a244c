import { createBalancer, type Endpoint, type Transport } from 'evenkeel'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
import { outcomeOf } from '../support/fleet.js'

/** A balancer whose transport opens connections ahead as the test says. */
function warming(warm: (endpoint: Endpoint) => Promise<void> | undefined) {
  const transport: Transport = { send: async () => new Response('hello'), warm }
  const clock = virtualClock()
  return { clock, balancer: createBalancer({ endpoints: ['http://a.test'], transport, clock }) }
}

const never = () => new Promise<void>(() => {})

describe('a transport that opens connections ahead', () => {
  it('is waited for by ready()', async () => {
    let open = () => {}
    const { balancer } = warming(
      () =>
        new Promise((resolve) => {
          open = resolve
        }),
    )
    let ready = false
    const waiting = balancer.ready().then(() => {
      ready = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(ready).toBe(false)
    open()
    await waiting
  })

  it('is waited for no longer than the signal, or the balancer, lasts', async () => {
    const { balancer } = warming(never)
    const controller = new AbortController()
    const given = outcomeOf(balancer.ready({ signal: controller.signal }))
    const closed = outcomeOf(balancer.ready())
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort('no patience')
    expect(await given).toEqual({ error: 'no patience' })
    await balancer.close()
    expect((await closed).error).toMatchObject({ code: 'ERR_CLOSED' })
  })

  it.each<[string, () => Promise<void>]>([
    ['rejects', () => Promise.reject(new Error('no undici'))],
    [
      'throws',
      () => {
        throw new Error('no undici')
      },
    ],
  ])('fails ready() if it %s, and no call and no list', async (_, warm) => {
    const { balancer } = warming(warm)
    expect(await (await balancer.fetch('/')).text()).toBe('hello')
    balancer.setEndpoints(['http://a.test', 'http://b.test'])
    await expect(balancer.ready()).rejects.toThrow('no undici')
    await balancer.close()
  })
})
