import type { EndpointInput, EndpointSpec, LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import { describe, invalidConfig } from '../core/errors.js'
import { type Known, parseEndpoint } from '../core/parse-endpoint.js'
import { Mistakes } from './mistakes.js'
import { sameMetadata } from './same-metadata.js'

/** What a new list changed. */
export interface Delta {
  readonly added: readonly LiveEndpoint[]
  readonly updated: readonly LiveEndpoint[]
  /** Of those, the ones that had weight 0 and have no more. */
  readonly woken: readonly LiveEndpoint[]
  readonly removed: readonly LiveEndpoint[]
}

/** Refuses, by an error, an endpoint that is right but of no use here; `path` is where it stands. */
export type Accept = (spec: EndpointSpec, path: string) => void

/** A checked list, by id and in its order. */
export type EndpointSpecs = ReadonlyMap<string, EndpointSpec>

/**
 * A list that a person wrote: everything in it has to be right.
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function parseList(list: unknown, path: string, accept: Accept, known?: Known): EndpointSpecs {
  if (!Array.isArray(list)) throw invalidConfig(path, list, 'an array of endpoints')
  const specs = new Map<string, EndpointSpec>()
  for (let index = 0; index < list.length; index++) {
    const spec = parseEndpoint(list[index], `${path}[${index}]`, known)
    accept(spec, `${path}[${index}]`)
    specs.set(spec.id, spec)
    // One more each time, unless the id was there already.
    if (specs.size > index) continue
    const before = [...specs.keys()].indexOf(spec.id)
    throw invalidConfig(`${path}[${index}].id`, spec.id, `an id of its own: ${path}[${before}] has the same`)
  }
  return specs
}

/** A list that came over a network: takes what is right, reports the rest. */
export function parseUntrusted(
  list: unknown,
  report: (error: unknown) => void,
  accept: Accept,
  known: Known,
): EndpointSpecs {
  const specs = new Map<string, EndpointSpec>()
  if (!Array.isArray(list)) {
    report(new TypeError(`Discovery gave ${describe(list)} instead of an array of endpoints`))
    return specs
  }
  const mistakes = new Mistakes()
  list.forEach((input: EndpointInput, index) => {
    try {
      const spec = parseEndpoint(input, `endpoints[${index}]`, known)
      accept(spec, `endpoints[${index}]`)
      if (!specs.has(spec.id)) specs.set(spec.id, spec)
      else
        mistakes.add(
          invalidConfig(`endpoints[${index}].id`, spec.id, 'an id of its own; the first one is kept'),
        )
    } catch (error) {
      mistakes.add(error)
    }
  })
  mistakes.report(report)
  return specs
}

/** Brings the set in line with a list, touching only what differs. */
export function reconcile(endpoints: EndpointSet, specs: EndpointSpecs): Delta {
  const added: LiveEndpoint[] = []
  const updated: LiveEndpoint[] = []
  const woken: LiveEndpoint[] = []
  const removed: LiveEndpoint[] = []
  for (const endpoint of [...endpoints.all()]) {
    const spec = specs.get(endpoint.id)
    // The same id at another place is another server.
    if (spec === undefined || isElsewhere(endpoint, spec)) {
      endpoints.remove(endpoint)
      removed.push(endpoint)
    } else if (differs(endpoint, spec)) {
      if (endpoint.weight === 0 && spec.weight > 0) woken.push(endpoint)
      endpoints.update(endpoint, { ...spec, metadata: metadataOf(endpoint, spec) })
      updated.push(endpoint)
    }
  }
  // Those that are left are all wanted: where there are as many, nobody is missing.
  if (endpoints.count < specs.size) {
    for (const [id, spec] of specs) if (endpoints.get(id) === undefined) added.push(endpoints.add(spec))
  }
  endpoints.resubset()
  return { added, updated, woken, removed }
}

function isElsewhere(endpoint: LiveEndpoint, { url, address, port }: EndpointSpec): boolean {
  return url !== endpoint.url || address !== endpoint.address || port !== endpoint.port
}

/** A description that says the same in other objects is as it was, and so moves nobody. */
function metadataOf(endpoint: LiveEndpoint, spec: EndpointSpec): EndpointSpec['metadata'] {
  return sameMetadata(endpoint.metadata, spec.metadata) ? endpoint.metadata : spec.metadata
}

function differs(endpoint: LiveEndpoint, spec: EndpointSpec): boolean {
  return (
    endpoint.weight !== spec.weight ||
    endpoint.priority !== spec.priority ||
    endpoint.zone !== spec.zone ||
    endpoint.region !== spec.region ||
    metadataOf(endpoint, spec) !== endpoint.metadata
  )
}
