import { isBalancerError } from '../core/errors.js'
import { reasonOf } from '../core/reason.js'
import type { DiscoverySink } from './source.js'

/** An error that says whose it is: whoever is told of it may follow several sources. */
export function named(name: string, cause: unknown): Error {
  // Ours tell more than their codes.
  const reason = isBalancerError(cause) ? cause.message : (reasonOf(cause) ?? 'something is wrong')
  return new Error(reason.startsWith(name) ? reason : `${name}: ${reason}`, { cause })
}

/** A sink whose errors say whose they are. */
export function namedSink(name: string, sink: DiscoverySink): DiscoverySink {
  return {
    update: (endpoints, asOf) => sink.update(endpoints, asOf),
    fail: (error) => sink.fail(named(name, error)),
    warn: (error) => sink.warn(named(name, error)),
  }
}
