// Runs checks one after the other, each as if it were a request to a Worker: between two of them no timer of the
// package survives.

const { setTimeout: realTimeout, clearTimeout: realClear } = globalThis
const alive = new Set()

/** Keeps track of every timer that the package sets; those of the platform's own fetch are none of our business. */
export function watchTimers() {
  globalThis.setTimeout = function timer(callback, ...rest) {
    if (!new Error().stack.includes('/evenkeel/dist/')) return realTimeout(callback, ...rest)
    const handle = realTimeout(
      (...args) => {
        alive.delete(handle)
        callback(...args)
      },
      ...rest,
    )
    alive.add(handle)
    return handle
  }
  globalThis.clearTimeout = (handle) => {
    alive.delete(handle)
    realClear(handle)
  }
  globalThis.setInterval = () => {
    throw new Error('somebody needs a timer that never ends')
  }
}

/** What a platform does that freezes or forgets an instance after its answer. Returns how many there were. */
function endTimers() {
  // One that may stay without keeping the process alive stays: no platform that has such timers forgets them.
  const left = [...alive].filter((handle) => handle.hasRef?.() !== false)
  for (const handle of left) {
    realClear(handle)
    alive.delete(handle)
  }
  return left.length
}

const pause = (ms) => new Promise((resolve) => realTimeout(resolve, ms))

/** How often a check may ask to be repeated: one that never ends is a failure. */
const MAX_ROUNDS = 20

/** Prints a line for each check, and at the end how many there were: who never gets there has failed. */
export async function runChecks(checks) {
  for (const [name, check] of Object.entries(checks)) {
    console.log(JSON.stringify({ name, ...(await repeat(check)) }))
  }
  console.log(JSON.stringify({ total: Object.keys(checks).length }))
}

async function repeat(check) {
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const result = await check()
      const left = endTimers()
      if (left > 0) return { ok: false, error: `${left} timers of the package were left` }
      if (result === undefined) return { ok: true }
      await pause(result.again)
    }
    return { ok: false, error: `not done after ${MAX_ROUNDS} rounds` }
  } catch (error) {
    return { ok: false, error: String(error?.stack ?? error) }
  }
}
