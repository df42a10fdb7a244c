import { type Balancer, type BalancerOptions, type Clock, createBalancer } from 'evenkeel'

/** The platform's time, which tells how many timers are set that keep the process alive, or any at all. */
class WatchedClock implements Clock {
  readonly timers = new Set<NodeJS.Timeout>()

  now(): number {
    return performance.timeOrigin + performance.now()
  }

  setTimer(callback: () => void, delay: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      callback()
    }, delay)
    this.timers.add(timer)
    return timer
  }

  clearTimer(timer: unknown): void {
    clearTimeout(timer as NodeJS.Timeout)
    this.timers.delete(timer as NodeJS.Timeout)
  }
}

/** A balancer that is closed at the end of its test, and what it has under way. */
export interface WatchedBalancer extends AsyncDisposable {
  readonly balancer: Balancer
  /** Both are 0 when nothing was left behind. */
  leftovers(): { inFlight: number; timers: number }
}

export const NOTHING = { inFlight: 0, timers: 0 }

export function watchedBalancer(options: BalancerOptions): WatchedBalancer {
  const clock = new WatchedClock()
  const balancer = createBalancer({ clock, ...options })
  return {
    balancer,
    leftovers: () => ({
      inFlight: balancer.snapshot().endpoints.reduce((sum, { inFlight }) => sum + inFlight, 0),
      timers: [...clock.timers].filter((timer) => timer.hasRef()).length,
    }),
    [Symbol.asyncDispose]: async () => {
      await balancer.close()
      if (clock.timers.size > 0) throw new Error(`close() left ${clock.timers.size} timers behind`)
    },
  }
}
