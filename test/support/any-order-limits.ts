import { adaptiveLimit, type ConcurrencyOptions } from 'evenkeel'
import type { Setting } from './any-order-commands.js'

/** The limits of one run, low enough to be reached. */
export function limitsOf({ limits, queue: order }: Setting): ConcurrencyOptions | false {
  const queue = order && { order, size: 4, timeout: 2_000 }
  switch (limits) {
    case 'none':
      return false
    case 'endpoint':
      return { maxPerEndpoint: 2, queue }
    case 'total':
      return { maxTotal: 3, queue }
    case 'both':
      return { maxPerEndpoint: 1, maxTotal: 3, queue }
    case 'adaptive':
      return { maxPerEndpoint: adaptiveLimit({ initial: 3, max: 5 }), queue }
  }
}
