import { ConcurrencyMeter } from './concurrency-meter.js'
import type { LoadMeter } from './load-meter.js'
import { RateMeter } from './rate-meter.js'
import type { RedundancySettings } from './redundancy-options.js'
import { UtilizationMeter } from './utilization-meter.js'

/** The meter of what one asked to be measured. */
export function meterOf({ measure, window }: RedundancySettings): LoadMeter | undefined {
  switch (measure) {
    case 'concurrent':
      return new ConcurrencyMeter(window)
    case 'perSecond':
      return new RateMeter(window)
    case 'utilization':
      return new UtilizationMeter(window)
    default:
      return undefined
  }
}
