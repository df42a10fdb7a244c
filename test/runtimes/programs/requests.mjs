// Runs checks one after the other, each as if it were a request to a Worker: between two of them no timer survives.

const { setTimeout: realTimeout, setInterval: realInterval, clearTimeout: clear } = globalThis
const alive = new Set()

/** Keeps track of every timer that is set through the globals, as the library does. */
export function watchTimers() {
  const watched = (set) =>
    function timer(...args) {
      const handle = set(...args)
      alive.add(handle)
      return handle
    }
  globalThis.setTimeout = watched(realTimeout)
  globalThis.setInterval = watched(realInterval)
}

/** What a platform does that freezes or forgets an instance after its answer. */
function endTimers() {
  for (const handle of alive) clear(handle)
  alive.clear()
}

const pause = (ms) => new Promise((resolve) => realTimeout(resolve, ms))

/** How often a check may ask to be repeated: one that never ends is a failure. */
const MAX_ROUNDS = 20

export async function runChecks(checks) {
  for (const [name, check] of Object.entries(checks)) {
    console.log(JSON.stringify({ name, ...(await repeat(check)) }))
  }
}

async function repeat(check) {
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const result = await check()
      endTimers()
      if (result === undefined) return { ok: true }
      await pause(result.again)
    }
    return { ok: false, error: `not done after ${MAX_ROUNDS} rounds` }
  } catch (error) {
    return { ok: false, error: String(error?.stack ?? error) }
  }
}
