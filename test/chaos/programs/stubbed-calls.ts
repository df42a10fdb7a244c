// Very many calls through a transport that answers at once: what the library itself keeps of a call is all that can grow.
import type { Endpoint } from 'evenkeel'
import { obey, sayNews } from '../../../bench/lib/program.mjs'
import { seeded } from '../../../bench/lib/seeded.mjs'
import { countTimers, openTimers, resources, settled } from './resources.ts'

export interface StubbedOrder {
  readonly library: string
  readonly calls: number
  /** After so many calls what is open is looked at. */
  readonly every: number
}

const ENDPOINTS = 10
const TOGETHER = 50
/** Of the attempts, so many find a connection that broke, and so many a 503. */
const BROKEN = 0.01
const UNAVAILABLE = 0.01

countTimers()

obey({
  async run({ library, calls, every }: StubbedOrder) {
    const { createBalancer } = (await import(library)) as typeof import('evenkeel')
    const random = seeded(1)
    const send = async (_endpoint: Endpoint): Promise<Response> => {
      const draw = random()
      if (draw < BROKEN) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
      return new Response('ok', { status: draw < BROKEN + UNAVAILABLE ? 503 : 200 })
    }
    const endpoints = Array.from({ length: ENDPOINTS }, (_, i) => `http://10.0.0.${i + 1}`)
    const balancer = createBalancer({ endpoints, transport: { send } })
    let made = 0
    let failed = 0
    const worker = async (until: number) => {
      while (made < until) {
        made++
        const response = await balancer.fetch('/').catch(() => undefined)
        if (response?.ok !== true) failed++
        await response?.text()
      }
    }
    while (made < calls) {
      const until = Math.min(calls, made + every)
      await Promise.all(Array.from({ length: TOGETHER }, () => worker(until)))
      sayNews({ calls: made, ...(await resources()) })
    }
    await balancer.close()
    // The watch of the event loop beats once more.
    await settled(() => openTimers() === 0, 1_000)
    return { failed, ...(await resources()) }
  },
})
