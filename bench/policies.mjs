/** The policies whose picks and changes are measured. */
export const POLICIES = [
  'roundRobin',
  'random',
  'leastRequest',
  'peakEwma',
  'leastLatency',
  'prequal',
  'ringHash',
  'maglev',
  'rendezvous',
]

/** Looking at all of 100,000 endpoints for one pick is not what it is for. */
export const TOO_LARGE = { rendezvous: 100_000 }
