import { BACKUP, type EndpointInput, type EndpointOptions, type EndpointSpec } from '../core/endpoint.js'
import { parseEndpoint } from '../core/parse-endpoint.js'

/** An endpoint of a list, completed: with its id, its canonical URL, and the defaults. */
export interface ListedEndpoint extends EndpointOptions {
  readonly id: string
  readonly url: string
  readonly weight: number
  readonly backup: boolean
  readonly metadata: Readonly<Record<string, unknown>>
}

/** An entry as it came and, if it is an endpoint, what it says. */
export interface Entry {
  readonly input: EndpointInput
  readonly endpoint: ListedEndpoint | undefined
}

/** Reads one list after the other: of a long one nearly all is as it was, which is found instead of read again. */
export class Listing {
  #known: ReadonlyMap<string, EndpointSpec> = new Map()

  /** What is no endpoint is left to whoever checks the list, and reports it. */
  read(list: readonly EndpointInput[]): Entry[] {
    const specs = new Map<string, EndpointSpec>()
    const entries = list.map((input, index): Entry => {
      try {
        const spec = parseEndpoint(input, `endpoints[${index}]`, (id) => this.#known.get(id))
        specs.set(spec.id, spec)
        return { input, endpoint: listed(spec) }
      } catch {
        return { input, endpoint: undefined }
      }
    })
    this.#known = specs
    return entries
  }
}

function listed({ id, url, address, port, weight, priority, zone, region, metadata }: EndpointSpec) {
  const backup = priority === BACKUP
  return {
    id,
    url,
    address,
    // One that is not dialled apart has the port of its URL, which is not to be said twice.
    port: address === undefined || port === 0 ? undefined : port,
    weight,
    priority: backup ? undefined : priority,
    backup,
    zone,
    region,
    metadata,
  }
}
