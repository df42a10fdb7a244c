// What one pick costs: of a policy alone, and of the public `balancer.pick()` with everything around it.

import { randomUUID } from 'node:crypto'
import { POLICIES, TOO_LARGE } from './policies.mjs'

/** These go by a key, of which each pick has another one; hashing it is part of the pick. */
const KEYED = new Set(['ringHash', 'maglev', 'rendezvous'])
const KEYS = Array.from({ length: 1024 }, () => randomUUID())
const SIZES = [10, 1_000, 10_000, 100_000]
const WEIGHTS = { equal: () => 1, unequal: (index) => 1 + (index % 5) }

/** Calls under way at any time: a policy that counts them has to have something to count. */
const IN_FLIGHT = 32
/** Every endpoint was measured a second ago, so that averages have to fade. */
const MEASURED_AT = 1_000_000
const NOW = 1_001_000.5
const OUTCOME = {
  kind: 'success',
  progress: 'answered',
  status: 200,
  retryAfter: undefined,
  load: undefined,
  error: undefined,
}

export const contests = POLICIES.flatMap((policy) =>
  Object.keys(WEIGHTS).flatMap((weights) =>
    SIZES.filter((endpoints) => !(endpoints >= TOO_LARGE[policy])).map((endpoints) => {
      const about = { policy, weights, endpoints }
      const contenders = {
        byHand: { kind: 'roundRobinByHand', ...about },
        alone: { kind: 'policyAlone', ...about },
        whole: { kind: 'wholePick', ...about },
      }
      return { about, contenders, rounds: 41, ms: 5 }
    }),
  ),
)

/** Round robin of ours and of others, each by its own code. */
export const peerContests = [10, 1_000, 10_000].map((endpoints) => {
  const about = { weights: 'equal', endpoints }
  const contenders = {
    byHand: { kind: 'roundRobinByHand', ...about },
    roundRobin: { kind: 'policyAlone', policy: 'roundRobin', ...about },
    leastLatency: { kind: 'policyAlone', policy: 'leastLatency', ...about },
    grpcRoundRobin: { kind: 'grpcPicker', policy: 'round_robin', ...about },
    grpcWeighted: { kind: 'grpcPicker', policy: 'weighted_round_robin', ...about },
    balancedPool: { kind: 'balancedPoolPicker', ...about },
  }
  return { about: { endpoints }, contenders, rounds: 41, ms: 5 }
})

/** What there is to beat: a counter and a remainder. */
export async function roundRobinByHand(args, load) {
  const list = [...(await endpointSet(args, load)).all()]
  let next = 0
  return { run: keepInFlight(() => list[next++ % list.length]) }
}

/** The policy's own pick over the live table. */
export async function policyAlone({ policy: name, ...args }, load) {
  const evenkeel = await load('evenkeel')
  const policy = evenkeel[name]()
  const view = (await endpointSet(args, load)).whole.tiers[0].all
  for (let i = 0; i < view.size; i++) {
    policy.observe?.(view.at(i), { ...OUTCOME, latency: 1 + (i % 8) }, MEASURED_AT)
  }
  const picking = (random) => {
    const context = { now: NOW, random, tried: [], key: undefined }
    if (!KEYED.has(name)) return keepInFlight(() => policy.pick(view, context))
    // The index is not part of a pick, and takes so long that it would pass for a batch.
    policy.pick(view, { ...context, key: KEYS[0] })
    let turn = 0
    return keepInFlight(() => {
      context.key = KEYS[turn++ & 1023]
      return policy.pick(view, context)
    })
  }
  return { run: picking(() => Math.random()), counted: picking(remembered()) }
}

/** As users do it: upkeep, retry budget, health, and the object that is handed out. */
export async function wholePick({ policy, ...args }, load) {
  const { createBalancer, ...evenkeel } = await load('evenkeel')
  const balancer = createBalancer({ endpoints: inputs(args), policy: evenkeel[policy]() })
  balancer.pick({ hashKey: KEYS[0] }).release()
  const underWay = new Array(IN_FLIGHT).fill(undefined)
  const run = (n) => {
    for (let i = 0; i < n; i++) {
      const slot = i % IN_FLIGHT
      underWay[slot]?.succeed()
      underWay[slot] = balancer.pick(KEYED.has(policy) ? { hashKey: KEYS[i & 1023] } : undefined)
    }
  }
  return { run }
}

/** Counts calls in and out as the balancer does. */
export function keepInFlight(pick) {
  const underWay = new Array(IN_FLIGHT).fill(undefined)
  return (n) => {
    for (let i = 0; i < n; i++) {
      const slot = i % IN_FLIGHT
      if (underWay[slot] !== undefined) underWay[slot].inFlight--
      const endpoint = pick()
      endpoint.inFlight++
      underWay[slot] = endpoint
    }
  }
}

/**
 * Random numbers for counting bytes: V8's own Math.random() makes an object of 16 bytes for each number, and that is not
 * the policy's doing. The string keeps the array from storing plain doubles, which would be wrapped when they are read.
 */
function remembered() {
  const numbers = Array.from({ length: 4096 }, Math.random)
  numbers.push('')
  let next = 0
  return () => numbers[next++ % 4096]
}

function inputs({ endpoints, weights }) {
  const url = (i) => `http://10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:8080`
  return Array.from({ length: endpoints }, (_, i) => ({ url: url(i), weight: WEIGHTS[weights](i) }))
}

export async function endpointSet(args, load) {
  const { EndpointSet } = await load('endpoints')
  const { parseEndpoint } = await load('parse')
  const set = new EndpointSet()
  for (const input of inputs(args)) set.add(parseEndpoint(input, 'endpoint'))
  return set
}
