import { cached, fallback, filter, map, merge, staticList, subset } from 'evenkeel/discovery'
import { describe, expect, it } from 'vitest'

const wrong = (value: unknown) => value as never
const source = staticList(['http://a.test'])
const store = { get: () => undefined, set() {} }

describe('a mistake in the options is named', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a list', () => staticList(wrong('http://a')), /`staticList`: got "http:\/\/a"; allowed is an array/],
    ['an endpoint', () => staticList(['http://a', 'b']), /`staticList\[1\]`: got "b"/],
    [
      'no sources',
      () => merge([]),
      /`merge\.sources`: got an array of 0; allowed is an array of discovery sources/,
    ],
    [
      'a source',
      () => merge([source, wrong({ name: 'x' })]),
      /`merge\.sources\[1\]`: got an object with name/,
    ],
    [
      'sources one by one',
      () => fallback(wrong(source)),
      /`fallback\.sources`: got an object with name, watch/,
    ],
    ['its patience', () => merge([source], { patience: 0 }), /`merge\.patience`: got 0/],
    ['after', () => fallback([source], { after: -1 }), /`fallback\.after`: got -1/],
    ['back', () => fallback([source], { back: Number.NaN }), /`fallback\.back`: got NaN/],
    ['maxStale', () => fallback([source], { maxStale: 0 }), /`fallback\.maxStale`: got 0/],
    [
      'another',
      () => fallback([source], wrong({ patience: 1 })),
      /`fallback\.patience`: there is no such option/,
    ],
    ['no source', () => filter(wrong(undefined), () => true), /`filter\.source`: got undefined/],
    [
      'no predicate',
      () => filter(source, wrong('zone')),
      /`filter\.predicate`: got "zone"; allowed is a function/,
    ],
    ['no function', () => map(source, wrong(undefined)), /`map\.change`: got undefined/],
    ['no id', () => subset(source, wrong({})), /`subset\.id`: got undefined/],
    ['a size', () => subset(source, { id: 'x', size: 0.5 }), /`subset\.size`: got 0\.5/],
    ['no store', () => cached(source, wrong(new Map([['a', 1]]).values())), /`cached\.store`: got/],
    ['its age', () => cached(source, store, { maxAge: 0 }), /`cached\.maxAge`: got 0/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
