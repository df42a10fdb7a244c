import { describe, expect, it, vi } from 'vitest'
import type { Outcome, OutcomeKind, Progress } from '../../src/core/outcome.js'
import { checkRetry, type RetryOptions } from '../../src/resilience/retry-options.js'
import { nextDelay, type RetryQuestion, STOP } from '../../src/resilience/retry-rule.js'

const outcome = (kind: OutcomeKind, progress: Progress = 'sent', status?: number): Outcome => ({
  kind,
  progress,
  latency: 1,
  status,
  retryAfter: undefined,
  load: undefined,
  final: false,
  error: undefined,
})

const QUESTION: RetryQuestion = {
  outcome: outcome('broken'),
  endpoint: 'a',
  attempts: 1,
  reached: 1,
  idempotent: true,
  replayable: true,
  untriedLeft: true,
  availableIn: 0,
  left: 10_000,
  now: 0,
}

function ask(question: Partial<RetryQuestion>, options: RetryOptions = {}, random = () => 0.999_999): number {
  return nextDelay(checkRetry(options, 'retry'), { ...QUESTION, ...question }, random)
}

describe('the retry rule', () => {
  it.each([
    ['a broken connection, idempotent', {}, true],
    ['a broken connection, not idempotent', { idempotent: false }, false],
    [
      'nothing was sent, not idempotent',
      { idempotent: false, outcome: outcome('unreachable', 'unsent'), reached: 0 },
      true,
    ],
    ['a timeout', { outcome: outcome('timeout') }, true],
    ['a stall of this process', { outcome: outcome('stalled') }, true],
    ['429', { outcome: outcome('overloaded', 'answered', 429) }, true],
    ['503', { outcome: outcome('gateway-error', 'answered', 503) }, true],
    ['503, not idempotent', { outcome: outcome('gateway-error', 'answered', 503), idempotent: false }, false],
    ['500', { outcome: outcome('server-error', 'answered', 500) }, false],
    ['an action that threw, idempotent', { outcome: outcome('server-error') }, true],
    ['cut short by the total timeout', { outcome: outcome('cancelled') }, false],
    ['the last attempt', { attempts: 3, reached: 3 }, false],
    ['a body that is gone', { replayable: false }, false],
    ['nobody left to ask', { availableIn: undefined }, false],
    ['somebody to ask, but after the deadline', { availableIn: 10_000 }, false],
  ] as [string, Partial<RetryQuestion>, boolean][])('%s', (_, question, again) => {
    expect(ask(question) !== STOP).toBe(again)
  })

  it('does not count what never reached a server, while there is somebody untried', () => {
    const unsent = { outcome: outcome('unreachable', 'unsent'), attempts: 7, reached: 0 }
    expect(ask({ ...unsent, untriedLeft: true })).toBe(0)
    expect(ask({ ...unsent, untriedLeft: false })).toBe(STOP)
    expect(ask({ attempts: 7, reached: 2, untriedLeft: true })).not.toBe(STOP)
    expect(ask({ attempts: 7, reached: 3, untriedLeft: true })).toBe(STOP)
  })

  it('pauses for a random time up to a doubling limit', () => {
    const most = (attempts: number) => ask({ attempts, reached: attempts }, { attempts: 20 })
    expect([1, 2, 3, 4, 5, 6, 7, 8].map(most)).toEqual([25, 50, 100, 200, 400, 800, 1_000, 1_000])
    expect(ask({}, {}, () => 0)).toBe(0)
  })

  it('does not pause before another endpoint when nothing was sent', () => {
    expect(ask({ outcome: outcome('unreachable', 'unsent'), reached: 0 })).toBe(0)
    expect(ask({ outcome: outcome('unreachable', 'unsent'), reached: 0, untriedLeft: false })).toBe(25)
  })

  it('waits as long as the only endpoint asked for', () => {
    expect(ask({ availableIn: 4_000 })).toBe(4_000)
  })

  it('takes a retry out of the budget last, and stops when it is empty', () => {
    const budget = { deposit: vi.fn(), withdraw: vi.fn(() => false), balance: () => 0 }
    expect(ask({ idempotent: false }, { budget })).toBe(STOP)
    expect(ask({ left: 0 }, { budget })).toBe(STOP)
    expect(budget.withdraw).not.toHaveBeenCalled()
    expect(ask({}, { budget })).toBe(STOP)
    expect(budget.withdraw).toHaveBeenCalledOnce()
  })

  it('lets shouldRetry have the last word, within attempts and deadline', () => {
    const shouldRetry = vi.fn(() => true)
    const failed = outcome('server-error', 'answered', 500)
    expect(ask({ outcome: failed, idempotent: false }, { shouldRetry })).not.toBe(STOP)
    expect(shouldRetry).toHaveBeenCalledWith({
      outcome: failed,
      endpoint: 'a',
      attempts: 1,
      idempotent: false,
      retry: false,
    })
    expect(ask({}, { shouldRetry: ({ retry }) => !retry })).toBe(STOP)
    expect(ask({ attempts: 3, reached: 3 }, { shouldRetry })).toBe(STOP)
    expect(ask({ replayable: false }, { shouldRetry })).toBe(STOP)
  })

  it('takes statuses, methods, attempts and pauses from its options', () => {
    const settings = checkRetry(
      { statuses: [500], methods: ['post'], attempts: 2, backoff: { base: 4, max: 6 } },
      'retry',
    )
    expect(settings.methods).toEqual(new Set(['POST']))
    expect(
      nextDelay(settings, { ...QUESTION, outcome: outcome('server-error', 'answered', 500) }, () => 0.99),
    ).toBe(4)
    expect(
      nextDelay(settings, { ...QUESTION, outcome: outcome('gateway-error', 'answered', 503) }, () => 0.99),
    ).toBe(STOP)
    expect(nextDelay(settings, { ...QUESTION, attempts: 2, reached: 2 }, () => 0.99)).toBe(STOP)
    expect(checkRetry(false, 'retry').attempts).toBe(1)
  })

  it.each([
    [{ attempts: 0 }, /retry\.attempts/],
    [{ attempts: 2.5 }, /retry\.attempts/],
    [{ methods: 'GET' }, /retry\.methods/],
    [{ methods: ['G T'] }, /retry\.methods/],
    [{ statuses: [200] }, /retry\.statuses/],
    [{ backoff: { base: -1 } }, /retry\.backoff\.base/],
    [{ backoff: { factor: 2 } }, /retry\.backoff\.factor/],
    [{ budget: { ratio: 'x' } }, /retry\.budget\.ratio/],
    [{ shouldRetry: true }, /retry\.shouldRetry/],
    [{ retries: 3 }, /retry\.retries.*no such option/],
  ])('refuses %j', (options, message) => {
    expect(() => checkRetry(options as RetryOptions, 'retry')).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
