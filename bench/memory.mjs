// The process that says what an endpoint weighs: as it comes, once it has had calls, and while it has a breaker.
import { getHeapStatistics } from 'node:v8'
import { obey } from './lib/program.mjs'

/** Calls that each endpoint has had on average. */
const CALLS = 4

obey({
  async weigh({ modules, endpoints }) {
    const { createBalancer, roundRobin } = await import(modules.evenkeel)
    const urls = Array.from(
      { length: endpoints },
      (_, i) => `http://10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:8080`,
    )
    // Whatever is made once, and whatever the code itself takes.
    use(createBalancer({ endpoints: urls.slice(0, 100) }), 1_000, (pick) => pick.succeed())
    const before = heap()
    const balancer = createBalancer({ endpoints: urls })
    const idle = heap() - before
    use(balancer, CALLS * endpoints, (pick) => pick.succeed())
    const used = heap() - before
    const turns = createBalancer({ endpoints: urls, policy: roundRobin() })
    use(turns, endpoints, (pick) => pick.succeed())
    const healthy = heap()
    // In turn, so that each fails once.
    use(turns, endpoints, (pick) => pick.fail(new Error('broken')))
    const breaker = heap() - healthy
    const failed = turns.snapshot().endpoints.filter(({ failures }) => failures === 1).length
    if (failed !== endpoints) throw new Error(`${failed} of ${endpoints} endpoints failed`)
    // Whoever is not mentioned any more may be collected before being weighed.
    await Promise.all([balancer.close(), turns.close()])
    const per = (bytes) => bytes / endpoints
    return { idle: per(idle), used: per(used), breaker: per(breaker) }
  },
})

function use(balancer, times, end) {
  for (let i = 0; i < times; i++) end(balancer.pick())
}

function heap() {
  // Once more for what finalizers let go of.
  for (let i = 0; i < 3; i++) globalThis.gc()
  const { used_heap_size: used, external_memory: external } = getHeapStatistics()
  return used + external
}
