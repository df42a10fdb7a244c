import { sharedNow } from './clock.mjs'

/**
 * Makes calls at the times of a schedule, whether or not earlier ones have been answered, and counts each one's
 * latency from when it should have been made: neither a slow answer nor a late generator can hide a wait
 * ("coordinated omission"). `send(i)` resolves to whether the call was a success.
 *
 * After `stop` (an AbortSignal) no more calls are made. Calls that have no answer `grace` ms after the last arrival get the time that they have waited so far.
 */
export function openLoop({ times, startAt, send, grace, stop }) {
  const latency = new Float64Array(times.length).fill(Number.NaN)
  const late = new Float64Array(times.length)
  const succeeded = new Uint8Array(times.length)
  const now = () => sharedNow() - startAt
  let next = 0
  let open = 0
  let ended = false

  return new Promise((resolve) => {
    const end = () => {
      if (ended) return
      ended = true
      clearTimeout(limit)
      const at = now()
      for (let i = 0; i < next; i++) if (Number.isNaN(latency[i])) latency[i] = at - times[i]
      resolve({ latency, late, succeeded, unfinished: open })
    }
    const settle = (i, ok) => {
      if (ended) return
      latency[i] = now() - times[i]
      succeeded[i] = Number(ok)
      open--
      if (open === 0 && (next === times.length || stop?.aborted)) end()
    }
    const make = (i) => {
      late[i] = now() - times[i]
      open++
      send(i).then(
        (ok) => settle(i, ok),
        () => settle(i, false),
      )
    }
    let limit
    const tick = () => {
      const more = () => next < times.length && !stop?.aborted
      while (more() && times[next] <= now()) make(next++)
      if (more()) setTimeout(tick, Math.max(0, times[next] - now()))
      else if (open === 0) end()
      else limit = setTimeout(end, grace)
    }
    setTimeout(tick, Math.max(0, (times[0] ?? 0) - now()))
  })
}
