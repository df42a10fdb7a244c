import { ATTEMPT_HEADER, attemptOf, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, type Behaviour, elapse, type Fleet, fleet, hang, refuse, status } from '../support/fleet.js'

/** What each attempt said of itself, in the order in which they were made. */
function overheard(
  does: Record<string, Behaviour>,
  more: Parameters<typeof fleet>[1] = {},
): [Fleet, unknown[]] {
  const heard: unknown[] = []
  const listening = Object.fromEntries(
    Object.entries(does).map(([id, behaviour]): [string, Behaviour] => [
      id,
      (request) => {
        heard.push(new Headers(request.init.headers).get(ATTEMPT_HEADER))
        return behaviour(request)
      },
    ]),
  )
  return [fleet(listening, { policy: roundRobin(), random: () => 0, ...more }), heard]
}

describe('the attempt header', () => {
  it('is on second and later attempts, and not on first ones', async () => {
    const [f, heard] = overheard({ a: status(503), b: status(503), c: answer })
    await elapse(f.clock, f.balancer.fetch('/', { headers: { accept: 'text/plain' } }))
    expect(heard).toEqual([null, '2', '3'])
  })

  it('is on hedges, too', async () => {
    const [f, heard] = overheard({ a: hang, b: answer }, { hedge: { delay: 10 } })
    await elapse(f.clock, f.balancer.fetch('/'))
    expect(heard).toEqual([null, '2'])
  })

  it('leaves the other headers as they are, and takes the place of one from before', async () => {
    const seen: [string, string][][] = []
    const note =
      (behaviour: Behaviour): Behaviour =>
      (request) => {
        seen.push([...new Headers(request.init.headers)])
        return behaviour(request)
      }
    const f = fleet({ a: note(status(503)), b: note(answer) }, { policy: roundRobin(), random: () => 0 })
    await elapse(f.clock, f.balancer.fetch('/', { headers: { 'x-own': '1', 'Evenkeel-Attempt': '7' } }))
    expect(seen).toEqual([
      [
        ['evenkeel-attempt', '7'],
        ['x-own', '1'],
      ],
      [
        ['evenkeel-attempt', '2'],
        ['x-own', '1'],
      ],
    ])
  })

  it.each([[false], ['X-Try']] as const)('can be %s', async (attemptHeader) => {
    const tries: unknown[] = []
    const does: Behaviour = ({ init }) => {
      const headers = new Headers(init.headers)
      tries.push([headers.get(ATTEMPT_HEADER), headers.get('x-try')])
      return new Response('', { status: 503 })
    }
    const f = fleet({ a: does, b: does }, { retry: { attempts: 2, attemptHeader } })
    await elapse(f.clock, f.balancer.fetch('/'))
    expect(tries).toEqual([
      [null, null],
      [null, attemptHeader === false ? null : '2'],
    ])
  })

  it('is not sent by default where there is a document', async () => {
    Object.assign(globalThis, { document: {} })
    try {
      const [f, heard] = overheard({ a: status(503), b: answer })
      await elapse(f.clock, f.balancer.fetch('/'))
      expect(heard).toEqual([null, null])
    } finally {
      Reflect.deleteProperty(globalThis, 'document')
    }
  })

  it('keeps a layer from trying again for one above that does, and is passed on', async () => {
    const [f, heard] = overheard({ a: status(503), b: answer })
    const headers = new Headers({ [ATTEMPT_HEADER]: '2' })
    const response = await elapse(
      f.clock,
      f.balancer.fetch('/', { balancer: { attempt: attemptOf(headers) } }),
    )
    expect(response.status).toBe(503)
    expect(heard).toEqual(['2'])
  })

  it('does not keep it from sending again what never reached a server', async () => {
    const [f, heard] = overheard({ a: refuse, b: answer })
    const response = await elapse(f.clock, f.balancer.fetch('/', { balancer: { attempt: 3 } }))
    expect(response.status).toBe(200)
    expect(heard).toEqual(['3', '4'])
  })

  it('makes three layers of three attempts send 3 requests of one to the last, not 27', async () => {
    let requests = 0
    const last: Behaviour = () => {
      requests++
      return new Response('', { status: 503 })
    }
    const bottom = fleet({ x: last, y: last, z: last })
    const pass =
      (next: Fleet): Behaviour =>
      ({ init }) =>
        next.balancer.fetch('/', { balancer: { attempt: attemptOf(new Headers(init.headers)) } })
    // All on one clock, or the lower ones would wait for the upper one's to move.
    const clock = bottom.clock
    const middle = fleet({ m: pass(bottom), n: pass(bottom), o: pass(bottom) }, { clock })
    const top = fleet({ t: pass(middle), u: pass(middle), v: pass(middle) }, { clock })
    await elapse(clock, top.balancer.fetch('/'))
    // The first attempt of each layer tries again in the layers below it, and no other does.
    expect(requests).toBe(3 + 2 + 2)
  })
})

describe('attemptOf', () => {
  it.each([
    [new Headers(), 1],
    [new Headers({ 'evenkeel-attempt': '2' }), 2],
    [{ 'evenkeel-attempt': ' 3 ' }, 3],
    [{ 'evenkeel-attempt': ['4', '5'] }, 4],
    [{}, 1],
    [{ 'evenkeel-attempt': '0' }, 1],
    [{ 'evenkeel-attempt': '-1' }, 1],
    [{ 'evenkeel-attempt': '2.5' }, 1],
    [{ 'evenkeel-attempt': '99999999' }, 1],
    [{ 'evenkeel-attempt': 'x' }, 1],
    [{ 'evenkeel-attempt': undefined }, 1],
  ])('%#: reads what there is', (headers, attempt) => {
    expect(attemptOf(headers)).toBe(attempt)
  })

  it('reads the header of others, too', () => {
    expect(attemptOf({ 'x-envoy-attempt-count': '2' }, 'x-envoy-attempt-count')).toBe(2)
  })

  it.each([[0], [1.5], [Number.NaN], ['2']])('a call takes no attempt %s', async (attempt) => {
    const { balancer } = fleet({ a: answer })
    await expect(balancer.fetch('/', { balancer: { attempt: attempt as number } })).rejects.toThrow(
      'balancer.attempt',
    )
  })
})
