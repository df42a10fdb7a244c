import { type Balancer, createBalancer } from 'evenkeel'
import { balancedDispatcher } from 'evenkeel/undici'
import type { Dispatcher } from 'undici'
import { describe, expect, it, vi } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { endlessBodyServer } from '../support/servers/endless-body-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'

/** Dispatches to `users`, and writes down what its handler is told; `act` may do something about it. */
function dispatched(
  users: Balancer,
  act: (what: string, controller: Dispatcher.DispatchController) => void = () => {},
) {
  const told: string[] = []
  const note = (what: string, controller: Dispatcher.DispatchController) => {
    told.push(what)
    act(what, controller)
  }
  const dispatcher = balancedDispatcher({ users })
  dispatcher.dispatch(
    { origin: 'http://users', path: '/', method: 'GET' },
    {
      onRequestStart: (controller) => note('start', controller),
      onResponseStarted: () => void told.push('started'),
      onResponseStart: (controller, status) => note(`headers ${status}`, controller),
      onResponseData: (controller, piece) => note(`data ${piece}`, controller),
      onResponseEnd: (controller) => note('end', controller),
      onResponseError: (controller, error) => note(`error ${error.message}`, controller),
    },
  )
  return { dispatcher, told }
}

describe('a handler', () => {
  it('is told of one answer, in order', async () => {
    await using server = await normalServer()
    await using users = createBalancer({ endpoints: [server.url] })
    const { dispatcher, told } = dispatched(users)
    expect(told).toEqual(['start'])
    await dispatcher.close()
    expect(told).toEqual(['start', 'started', 'headers 200', 'data served by normal', 'end'])
  })

  it('is told nothing more once it has aborted, but that', async () => {
    await using server = await normalServer()
    await using users = createBalancer({ endpoints: [server.url], completion: 'body' })
    for (const at of ['start', 'headers 200', 'data served by normal']) {
      let seen: Dispatcher.DispatchController | undefined
      const { dispatcher, told } = dispatched(users, (what, controller) => {
        seen = controller
        if (what === at) controller.abort(new Error('enough'))
        if (what.startsWith('error')) controller.abort(new Error('too late'))
      })
      await dispatcher.close()
      expect(told.slice(-2)).toEqual([at, 'error enough'])
      expect(seen).toMatchObject({ aborted: true, reason: { message: 'enough' } })
      await eventually(() => users.snapshot().endpoints[0]).toMatchObject({ inFlight: 0, failures: 0 })
    }
  })

  it('that is held back is told at once that the rest will not come', async () => {
    await using server = await endlessBodyServer()
    await using users = createBalancer({ endpoints: [server.url] })
    const { told } = dispatched(users, (what, controller) => {
      if (what !== 'headers 200') return
      controller.pause()
      expect(controller.paused).toBe(true)
    })
    await eventually(() => told).toHaveLength(3)
    server.reset()
    await eventually(() => told).toHaveLength(4)
    expect(told[3]).toMatch(/^error /)
  })

  it('that has left gets no answer, and nobody keeps it', async () => {
    const cancelled = vi.fn()
    const answers: ((response: Response) => void)[] = []
    const fetch = () => new Promise<Response>((resolve) => answers.push(resolve))
    const users = { fetch } as unknown as Balancer
    const { told } = dispatched(users, (_, controller) => controller.abort(new Error('enough')))
    const late = dispatched(users)
    await late.dispatcher.destroy(new Error('over'))
    answers[0]?.(new Response(new ReadableStream({ cancel: cancelled })))
    await eventually(() => cancelled.mock.calls).toEqual([[undefined]])
    expect([told, late.told]).toEqual([
      ['start', 'error enough'],
      ['start', 'error over'],
    ])
  })
})
