import { describe, expect, it } from 'vitest'
import { BalancerError, isBalancerError, describe as render } from '../../src/core/errors.js'

describe('BalancerError', () => {
  it('carries what is known of the call', () => {
    const cause = new Error('deep')
    const error = new BalancerError('ERR_CIRCUIT_OPEN', 'closed for now', {
      balancer: 'users',
      cause,
      retryAfter: 40,
    })
    expect(error).toMatchObject({
      name: 'BalancerError',
      code: 'ERR_CIRCUIT_OPEN',
      balancer: 'users',
      cause,
      retryAfter: 40,
    })
    expect(error.attempts).toEqual([])
    expect(error).toBeInstanceOf(Error)
  })

  it('is known by its brand, so that a copy of the package knows it too', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('evenkeel.BalancerError')]: true })
    expect(foreign).toBeInstanceOf(BalancerError)
    expect(isBalancerError(foreign)).toBe(true)
    for (const other of [new Error('x'), undefined, null, 'x', { name: 'BalancerError' }]) {
      expect(isBalancerError(other)).toBe(false)
      expect(other instanceof BalancerError).toBe(false)
    }
  })

  it.each([
    ['text', '"text"'],
    ['x'.repeat(200), `"${'x'.repeat(117)}..."`],
    [() => 1, 'a function'],
    [[1, 2], 'an array of 2'],
    [{}, 'an empty object'],
    [{ a: 1, b: 2 }, 'an object with a, b'],
    [Number.NaN, 'NaN'],
    [undefined, 'undefined'],
  ])('renders %j in a message', (value, text) => {
    expect(render(value)).toBe(text)
  })
})
