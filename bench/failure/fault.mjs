// What goes wrong, and when.

export const SERVERS = 10
export const CALLS_PER_SECOND = 300
/** Of a healthy server's answers in ms; exponentially distributed. */
export const MEAN_SERVICE = 10
/** What is given to each try, in ms. */
export const TRY_TIMEOUT = 1_000
export const TRIES = 3
/** A call that took longer than this was noticed by somebody, in ms. */
export const NOTICED = 500

/** What is wrong with each server while the fault lasts. */
export const FAULTS = ['refuses', 'refuses', 'unavailable', 'silent']

/** All times in ms from the beginning of the fault; after it, a run ends when all servers are in use again. */
export function timeline(quick, seconds) {
  const duration = seconds * 1000
  return quick
    ? { from: -1_000, duration, to: duration + 2_000 }
    : { from: -3_000, duration, to: duration + 60_000 }
}
