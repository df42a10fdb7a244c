import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from '../../src/resilience/retry-after.js'

const NOW = Date.parse('Sun, 06 Nov 1994 08:49:37 GMT')

describe('Retry-After', () => {
  it.each([
    ['2', 2_000],
    [' 2 ', 2_000],
    ['0', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['1e400', undefined],
    ['soon', undefined],
    ['', undefined],
    ['99999999999', 300_000],
    ['9'.repeat(400), 300_000],
    ['Sun, 06 Nov 1994 08:49:47 GMT', 10_000],
    ['Sunday, 06-Nov-94 08:49:47 GMT', 10_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', undefined],
    ['Sun, 06 Nov 1994 08:49:36 GMT', undefined],
    ['Sun, 06 Nov 2094 08:49:37 GMT', 300_000],
    ['Sun, 99 Nov 1994 08:49:37 GMT', undefined],
    ['1994', 300_000],
    [null, undefined],
  ])('%j asks for %j ms', (value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected)
  })
})
