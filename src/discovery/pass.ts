import type { EndpointInput } from '../core/endpoint.js'
import type { Mistakes } from './mistakes.js'
import type { DiscoverySink } from './source.js'

/** Passes a list on, and then what was wrong with parts of it. Nothing but mistakes is no list. */
export function pass(
  list: readonly EndpointInput[],
  mistakes: Mistakes,
  sink: DiscoverySink,
  asOf?: number,
): void {
  if (list.length === 0 && mistakes.first !== undefined) return sink.fail(mistakes.first)
  sink.update(list, asOf)
  mistakes.report((error) => sink.warn(error))
}
