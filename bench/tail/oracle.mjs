import { MEAN_DEMAND, SLOTS } from './fleet.mjs'

/**
 * What cannot be had: joins the shortest expected delay, knowing the queue and the speed of every server at this
 * moment. It is the only client, so its own calls are all there are; what work each brings even it does not know.
 */
export class Oracle {
  #inFlight
  #slowness
  #turn = 0

  constructor(servers, slowness) {
    this.#inFlight = new Array(servers).fill(0)
    this.#slowness = slowness
  }

  /** Takes a server; `done` is to be called at the end. */
  pick(now) {
    const size = this.#inFlight.length
    const first = this.#turn++
    let best = 0
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < size; i++) {
      const server = (first + i) % size
      const delay = expectedDelay(this.#inFlight[server]) * this.#slowness(server, now)
      if (delay < least) {
        least = delay
        best = server
      }
    }
    this.#inFlight[best]++
    return best
  }

  done(server) {
    this.#inFlight[server]--
  }
}

/**
 * Of one more call where there are `inFlight`, on a healthy server. Behind a full house it waits for
 * inFlight - SLOTS + 1 ends, of which there are SLOTS in each mean, and is then served itself. Where slots are free,
 * the emptier server is the better one, by a hair.
 */
function expectedDelay(inFlight) {
  if (inFlight < SLOTS) return MEAN_DEMAND * (1 + inFlight * 1e-6)
  return MEAN_DEMAND * ((inFlight - SLOTS + 1) / SLOTS + 1)
}
