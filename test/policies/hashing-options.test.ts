import { maglev, rendezvous, ringHash, sticky } from 'evenkeel'
import { expect, it } from 'vitest'

it.each<[string, () => unknown, RegExp]>([
  [
    'an option there is not',
    () => ringHash({ points: 3 } as object),
    /`ringHash\.points`: there is no such option/,
  ],
  ['a ring of nothing', () => ringHash({ minRingSize: 0 }), /`ringHash\.minRingSize`: got .*0/],
  ['half a point', () => ringHash({ maxRingSize: 1_000.5 }), /`ringHash\.maxRingSize`: got .*1000\.5/],
  [
    'a ring above 8 M',
    () => ringHash({ maxRingSize: 8_388_609 }),
    /`ringHash\.maxRingSize`: got .*at most 8388608/,
  ],
  [
    'a least above the most',
    () => ringHash({ minRingSize: 9, maxRingSize: 8 }),
    /`ringHash\.minRingSize`: got .*9/,
  ],
  [
    'a table size that is no prime',
    () => maglev({ tableSize: 65_536 }),
    /`maglev\.tableSize`: got .*a prime/,
  ],
  [
    'a table size that is too large',
    () => maglev({ tableSize: 5_000_077 }),
    /`maglev\.tableSize`: got .*5000011/,
  ],
  ['an unknown option', () => maglev({ size: 5 } as object), /`maglev\.size`: there is no such option/],
  [
    'less than a share',
    () => rendezvous({ boundedLoad: 0.9 }),
    /`rendezvous\.boundedLoad`: got .*0\.9.*at least 1/,
  ],
  ['a bound in percent', () => maglev({ boundedLoad: '125' as never }), /`maglev\.boundedLoad`: got .*"125"/],
  ['no number', () => ringHash({ boundedLoad: Number.NaN }), /`ringHash\.boundedLoad`: got .*NaN/],
  ['options that are none', () => rendezvous(null as never), /`rendezvous`: got .*null/],
  ['a fallback that is none', () => sticky({ fallback: {} as never }), /`sticky\.fallback`: got/],
  ['a secret, which is not told', () => sticky({ secret: 4711 as never }), /`sticky\.secret`(?!.*4711)/],
])('refuses %s', (_what, create, message) => {
  expect(create).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
  )
})

it('takes the limits themselves', () => {
  expect(ringHash({ minRingSize: 8_388_608 }).name).toBe('ring-hash')
  expect(maglev({ tableSize: 5_000_011, boundedLoad: 1 }).name).toBe('maglev')
})
