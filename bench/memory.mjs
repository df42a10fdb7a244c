// The process that says what an endpoint weighs: as it comes, once it has had calls, and while it has a breaker.
import { getHeapStatistics } from 'node:v8'
import { obey } from './lib/program.mjs'
import { median } from './lib/statistics.mjs'
import { SETTLED } from './measure.mjs'

/** Calls that each endpoint has had on average. */
const CALLS = 4
/** What a balancer of so few weighs is the balancer itself, and the code that V8 compiles anew for each. */
const FEW = 10
/** What has nothing to do with either (an event loop's leavings) may come or go at any weighing. */
const SAMPLES = 5

obey({
  async weigh({ modules, endpoints }) {
    const evenkeel = await import(modules.evenkeel)
    const urls = Array.from(
      { length: endpoints },
      (_, i) => `http://10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:8080`,
    )
    const few = urls.slice(0, FEW)
    const calls = CALLS * endpoints
    // Whatever is made once, and compiled once.
    for (let done = 0; done < SETTLED; done += calls) await weigh(evenkeel, few, calls)
    const samples = []
    for (let i = 0; i < SAMPLES; i++) {
      const light = await weigh(evenkeel, few, calls)
      const heavy = await weigh(evenkeel, urls, calls)
      samples.push({ light, heavy })
    }
    const perEndpoint = (what) =>
      median(samples.map(({ light, heavy }) => heavy[what] - light[what])) / (endpoints - FEW)
    return { idle: perEndpoint('idle'), used: perEndpoint('used'), breaker: perEndpoint('breaker') }
  },
})

async function weigh({ createBalancer, roundRobin }, urls, calls) {
  const empty = heap()
  const balancer = createBalancer({ endpoints: urls })
  const idle = heap() - empty
  use(balancer, calls, (pick) => pick.succeed())
  const used = heap() - empty
  const turns = createBalancer({ endpoints: urls, policy: roundRobin() })
  use(turns, urls.length, (pick) => pick.succeed())
  const healthy = heap()
  // In turn, so that each fails once.
  use(turns, urls.length, (pick) => pick.fail(new Error('broken')))
  const breaker = heap() - healthy
  const failed = turns.snapshot().endpoints.filter(({ failures }) => failures === 1).length
  if (failed !== urls.length) throw new Error(`${failed} of ${urls.length} endpoints failed`)
  // Whoever is not mentioned any more may be collected before being weighed.
  await Promise.all([balancer.close(), turns.close()])
  return { idle, used, breaker }
}

function use(balancer, times, end) {
  for (let i = 0; i < times; i++) end(balancer.pick())
}

function heap() {
  // Once more for what finalizers let go of.
  for (let i = 0; i < 3; i++) globalThis.gc()
  const { used_heap_size: used, external_memory: external } = getHeapStatistics()
  return used + external
}
