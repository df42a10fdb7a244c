// Ten minutes of being frozen, on a clock that jumps.
import { endpoint, equal, ok, rejection } from './expect.mjs'

const TEN_MINUTES = 600_000

export function thawed({ createBalancer, roundRobin }, { virtualClock }) {
  const clock = virtualClock()
  const does = { a: 'answer', b: 'answer' }
  const sent = []
  const waiting = []
  const answer = (id) => new Response(id, { status: does[id] === 'fail' ? 503 : 200 })
  const transport = {
    send({ id }, _url, { signal }) {
      sent.push(id)
      if (does[id] !== 'hang') return Promise.resolve(answer(id))
      return new Promise((resolve, reject) => {
        waiting.push(() => resolve(new Response(id)))
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    },
  }
  const make = (ids) =>
    createBalancer({
      endpoints: ids.map((id) => ({ id, url: `http://${id}` })),
      policy: roundRobin(),
      clock,
      transport,
    })
  const one = make(['a'])
  const two = make(['a', 'b'])

  return {
    'ten minutes later a call in flight is stalled, not slow': async () => {
      does.a = 'hang'
      const call = rejection(one.fetch('/'), 'fetch')
      await clock.advance(5)
      clock.freeze(TEN_MINUTES)
      await clock.advance(1_000)
      const { code, attempts } = await call
      equal([code, attempts.map(({ kind }) => kind)], ['ERR_DEADLINE_EXCEEDED', ['stalled']], 'error')
      const { failures, latency, state } = endpoint(one, 'http://a')
      equal([failures, latency, state], [0, undefined, 'eligible'], 'what is held against it')
    },

    'an answer that came meanwhile counts, its time does not': async () => {
      const call = one.fetch('/')
      await clock.advance(5)
      clock.freeze(TEN_MINUTES)
      waiting.at(-1)()
      equal((await call).status, 200, 'status')
      equal(endpoint(one, 'http://a').latency, undefined, 'latency')
    },

    'an ejected endpoint is not healed by it: one trial': async () => {
      does.a = 'answer'
      does.b = 'fail'
      for (let i = 0; i < 20 && endpoint(two, 'http://b').state !== 'ejected'; i++) {
        const call = two.fetch('/')
        await clock.advance(50)
        await call
      }
      equal(endpoint(two, 'http://b').state, 'ejected', 'state before')
      clock.freeze(TEN_MINUTES)
      does.b = 'hang'
      sent.length = 0
      const calls = Array.from({ length: 10 }, () => two.fetch('/'))
      await clock.advance(5)
      equal(sent.filter((id) => id === 'b').length, 1, 'calls that b got')
      waiting.at(-1)()
      await Promise.all(calls)
      equal(endpoint(two, 'http://b').state, 'eligible', 'state after the trial')
      await one.close()
      await two.close()
      ok(clock.pending === 0, `${clock.pending} timers are left`)
    },
  }
}
