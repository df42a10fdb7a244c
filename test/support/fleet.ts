import { type Balancer, type BalancerOptions, createBalancer, type Endpoint, type Transport } from 'evenkeel'
import { seededRandom, type VirtualClock, virtualClock } from 'evenkeel/testing'

/** What an endpoint does with a request. */
export type Behaviour = (request: {
  url: string
  init: RequestInit
  endpoint: Endpoint
}) => Response | Promise<Response>

/** A refused connection, as Node reports it. */
export function refused(): Error {
  return new TypeError('fetch failed', {
    cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  })
}

/** A connection that broke after the request was sent, as Node reports it. */
export function reset(): Error {
  return new TypeError('fetch failed', {
    cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  })
}

export const answer: Behaviour = ({ endpoint }) => new Response(endpoint.id)

export const status =
  (code: number, headers: Record<string, string> = {}): Behaviour =>
  () =>
    new Response(`status ${code}`, { status: code, headers })

export const refuse: Behaviour = () => Promise.reject(refused())

export const breakOff: Behaviour = () => Promise.reject(reset())

/** Never answers, but ends with its signal, as fetch does. */
export const hang: Behaviour = ({ init }) =>
  new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason)))

/** Answers after `ms` of the fleet's clock. */
export const afterMs =
  (clock: VirtualClock, ms: number, then: Behaviour = answer): Behaviour =>
  (request) =>
    new Promise((resolve, reject) => {
      clock.setTimer(() => Promise.resolve(then(request)).then(resolve, reject), ms)
    })

/** A balancer over endpoints `http://a`, `http://b` ... whose behaviour can be changed as the test goes. */
export interface Fleet {
  readonly balancer: Balancer
  readonly clock: VirtualClock
  /** What each endpoint does, by its letter. */
  readonly does: Record<string, Behaviour>
  /** Ids of the endpoints in the order in which they were sent to. */
  readonly sent: string[]
  /** How often each was sent to. */
  hits(): Record<string, number>
  state(id: string): string | undefined
}

export function fleet(does: Record<string, Behaviour>, options: Partial<BalancerOptions> = {}): Fleet {
  const clock = (options.clock as VirtualClock | undefined) ?? virtualClock()
  const sent: string[] = []
  const transport: Transport = {
    async send(endpoint, url, init) {
      sent.push(endpoint.id)
      const behaviour = does[endpoint.id]
      if (behaviour === undefined) throw new Error(`no behaviour for ${endpoint.id}`)
      return behaviour({ url, init, endpoint })
    },
  }
  const balancer = createBalancer({
    name: 'fleet',
    ...(options.discovery === undefined && {
      endpoints: Object.keys(does).map((id) => ({ id, url: `http://${id}.test` })),
    }),
    transport,
    clock,
    random: seededRandom(42),
    ...options,
    // Without jitter a test can say to the millisecond when somebody is back.
    outlierDetection: options.outlierDetection !== false && { jitter: 0, ...options.outlierDetection },
  })
  return {
    balancer,
    clock,
    does,
    sent,
    hits: () => {
      const hits: Record<string, number> = {}
      for (const id of sent) hits[id] = (hits[id] ?? 0) + 1
      return hits
    },
    state: (id) => balancer.snapshot().endpoints.find((endpoint) => endpoint.id === id)?.state,
  }
}

/** What came of a promise, as a value. */
export async function outcomeOf<T>(promise: Promise<T>): Promise<{ value?: T; error?: unknown }> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
}

/** Lets time pass, in small steps and for two minutes at the most, until a promise has settled. */
export async function elapse<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let settled = false
  const done = () => {
    settled = true
  }
  promise.then(done, done)
  for (let i = 0; i < 12_000; i++) {
    await clock.advance(0)
    if (settled) return promise
    await clock.advance(10)
  }
  throw new Error('not settled within two minutes')
}
