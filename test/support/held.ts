import { answer, type Behaviour } from './fleet.js'

/** A server that answers when it is told to, the oldest request first. */
export interface Held {
  readonly does: Behaviour
  /** Paths of the requests that wait for their answers. */
  readonly waiting: string[]
  /** Answers the one that has waited longest. */
  release(then?: Behaviour): Promise<void>
  /** The most that ever waited at a time. */
  readonly most: number
}

export function held(): Held {
  const requests: { path: string; go: (then: Behaviour) => void }[] = []
  let most = 0
  return {
    does: (request) =>
      new Promise((resolve, reject) => {
        const path = new URL(request.url).pathname
        const entry = {
          path,
          go: (then: Behaviour) => void Promise.resolve(then(request)).then(resolve, reject),
        }
        requests.push(entry)
        most = Math.max(most, requests.length)
        request.init.signal?.addEventListener('abort', () => {
          const at = requests.indexOf(entry)
          if (at >= 0) requests.splice(at, 1)
          reject(request.init.signal?.reason)
        })
      }),
    get waiting() {
      return requests.map(({ path }) => path)
    },
    async release(then = answer) {
      requests.shift()!.go(then)
      await turn()
    },
    get most() {
      return most
    },
  }
}

/** Lets what is ready happen. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
