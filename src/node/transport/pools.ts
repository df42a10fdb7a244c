import type { Agent, Dispatcher, Pool } from 'undici'
import type { Endpoint, LiveEndpoint } from '../../core/endpoint.js'
import { type Connect, connector, connectorOf, tlsElsewhere } from './connector.js'
import { cancelGivenUp } from './given-up-streams.js'
import type { Undici } from './load-undici.js'
import { Stash } from './stash.js'
import type { TransportSettings } from './transport-options.js'

/** In ms: what is idle is closed within a turn or two of the event loop. */
const TO_CLOSE = 50

/** What is kept for one endpoint. */
interface Kept {
  readonly pool: Pool
  readonly stash: Stash | undefined
  /** For other ports and the other scheme of its host, which redirects and health checks may lead to. */
  others: Agent | undefined
  /** For what HTTP/2 is not spoken with, where it is with the rest. */
  http1: Pool | undefined
}

/** The connections to each endpoint, and to where redirects lead. */
export class Pools {
  readonly #undici: Undici
  readonly #settings: TransportSettings
  readonly #kept = new Map<Endpoint, Kept>()
  #elsewhere: Agent | undefined
  #closed = false

  constructor(undici: Undici, settings: TransportSettings) {
    this.#undici = undici
    this.#settings = settings
  }

  /** Who sends a request that is meant for an endpoint, or for where that leads. */
  of(endpoint: Endpoint, origin: string): Dispatcher {
    const kept = this.#keptOf(endpoint)
    if ((endpoint as LiveEndpoint).origin === origin) return kept.pool
    if (hostnameOf(origin) === hostnameOf(endpoint.url)) {
      kept.others ??= this.#agent(connectorOf(endpoint, this.#undici, this.#settings))
      return kept.others
    }
    const settings = { ...this.#settings, tls: tlsElsewhere(this.#settings.tls) }
    this.#elsewhere ??= this.#agent(connector(this.#undici, settings))
    return this.#elsewhere
  }

  /** Who sends a request that is to make something else of its connection: few servers let that be done to one of HTTP/2. */
  upgrading(endpoint: Endpoint): Dispatcher {
    const kept = this.#keptOf(endpoint)
    if (!this.#settings.http2 || endpoint.scheme !== 'https') return kept.pool
    kept.http1 ??= new this.#undici.Pool((endpoint as LiveEndpoint).origin, {
      ...this.#poolOptions(),
      allowH2: false,
      connect: connectorOf(endpoint, this.#undici, { ...this.#settings, http2: false }),
    })
    return kept.http1
  }

  /** Opens connections ahead. */
  warm(endpoint: Endpoint): Promise<void> | undefined {
    const { prewarm, maxConnections } = this.#settings
    if (prewarm === 0 || (endpoint.scheme !== 'http' && endpoint.scheme !== 'https')) return undefined
    const { stash } = this.#keptOf(endpoint)
    const { protocol, host, port } = new URL(endpoint.url)
    const open = () => stash?.open({ protocol, host, hostname: endpoint.hostname, port })
    const length = Math.min(prewarm, maxConnections ?? prewarm)
    return Promise.all(Array.from({ length }, open)).then(() => {})
  }

  /** Idle connections are closed; those in use when they have done what they do. */
  forget(endpoint: Endpoint): void {
    const kept = this.#kept.get(endpoint)
    if (kept === undefined) return
    this.#kept.delete(endpoint)
    void drain(kept)
  }

  async close(): Promise<void> {
    this.#closed = true
    const kept = [...this.#kept.values()]
    this.#kept.clear()
    await Promise.all([...kept.map(drain), closed(this.#elsewhere)])
  }

  #keptOf(endpoint: Endpoint): Kept {
    const known = this.#kept.get(endpoint)
    if (known !== undefined) return known
    if (this.#closed) throw new Error('The transport is closed')
    const { prewarm, keepAliveTimeout, maxConnections } = this.#settings
    const dial = connectorOf(endpoint, this.#undici, this.#settings)
    const stash = prewarm === 0 ? undefined : new Stash(dial, keepAliveTimeout)
    const pool = new this.#undici.Pool((endpoint as LiveEndpoint).origin, {
      ...this.#poolOptions(),
      connect: stash?.connect ?? dial,
      connections: maxConnections,
    })
    const kept = { pool: this.#ageing(pool), stash, others: undefined, http1: undefined }
    this.#kept.set(endpoint, kept)
    return kept
  }

  #agent(connect: Connect): Agent {
    return this.#ageing(new this.#undici.Agent({ ...this.#poolOptions(), connect }))
  }

  #poolOptions(): Pool.Options {
    const { http2, keepAliveTimeout, maxConnectionAge } = this.#settings
    const clientTtl = Number.isFinite(maxConnectionAge) ? maxConnectionAge : null
    return { allowH2: http2, keepAliveTimeout, clientTtl }
  }

  /** Each connection counts as older than it is by a part of the longest age, so that those that began together do not end so. */
  #ageing<D extends Dispatcher>(dispatcher: D): D {
    const { http2, maxConnectionAge, maxConnectionAgeJitter } = this.#settings
    if (http2) cancelGivenUp(dispatcher)
    if (!Number.isFinite(maxConnectionAge)) return dispatcher
    dispatcher.on('connect', (_origin, targets) => {
      const client = targets.at(-1) as { ttl?: number }
      if (client.ttl !== undefined) client.ttl -= Math.random() * maxConnectionAgeJitter * maxConnectionAge
    })
    return dispatcher
  }
}

async function drain({ pool, stash, others, http1 }: Kept): Promise<void> {
  stash?.close()
  await Promise.all([closed(pool), closed(others), closed(http1)])
}

/** Who reads a body still may do so to its end, and nobody waits for that. */
async function closed(connections: Pool | Agent | undefined): Promise<void> {
  if (connections === undefined) return
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, TO_CLOSE).unref()
  })
  // Which are in use nobody tells, since those that were too old are not counted any more.
  await Promise.race([connections.close().catch(() => {}), enough])
  clearTimeout(timer)
}

function hostnameOf(url: string): string {
  return new URL(url).hostname
}
