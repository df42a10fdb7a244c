// A breaker's life. Each step may be asked for again after so many ms, and is then a request of its own: no timer that
// was set in one may be needed in another.
import { equal, ok } from './expect.mjs'

export function breaker({ createBalancer }, { a }) {
  const told = []
  const orders = createBalancer({
    name: 'breaker',
    endpoints: [a],
    retry: false,
    circuitBreaker: { volumeThreshold: 5, resetTimeout: 300 },
  })
  orders.on('circuitopened', () => told.push('opened')).on('circuithalfopened', () => told.push('tried'))
  orders.on('circuitclosed', () => told.push('closed'))

  /** The status of a call, or the error code with which it failed at once. */
  const call = () =>
    orders.fetch('/flaky').then(
      async (response) => {
        await response.text()
        return response.status
      },
      (error) => {
        ok(error.code === 'ERR_CIRCUIT_OPEN', String(error))
        ok(error.retryAfter >= 0, `retryAfter is ${error.retryAfter}`)
        return error
      },
    )
  const serve = (how) => fetch(`${a}/${how}`).then((response) => response.text())

  return {
    'a breaker opens and fails fast': async () => {
      await serve('break')
      for (let i = 0; i < 5; i++) equal(await call(), 500, `call ${i}`)
      equal(told, ['opened'], 'events')
      for (let i = 0; i < 5; i++) if ((await call()).code === 'ERR_CIRCUIT_OPEN') return
      throw new Error('it never failed fast')
    },

    'its trial comes without a timer, and fails': async () => {
      const result = await call()
      if (result !== 500) return { again: result.retryAfter }
      equal(told.slice(-2), ['tried', 'opened'], 'events')
    },

    'it closes when a trial goes well': async () => {
      await serve('heal')
      const result = await call()
      if (result !== 200) return { again: result.retryAfter }
      equal(told.slice(-2), ['tried', 'closed'], 'events')
      for (let i = 0; i < 3; i++) equal(await call(), 200, 'status afterwards')
      await orders.close()
    },
  }
}
