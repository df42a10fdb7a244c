import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatLoadReport } from '../../src/transport/format-load-report.js'
import { readLoadReport } from '../../src/transport/load-report-headers.js'

const orca = (value: string) => readLoadReport(new Headers({ 'endpoint-load-metrics': value }))
const plain = (value: string) => readLoadReport(new Headers({ 'evenkeel-load': value }))

const EXAMPLE = {
  cpuUtilization: 0.7,
  applicationUtilization: 0.8,
  memUtilization: 0.9,
  rps: 1000,
  eps: 2,
  namedMetrics: { foo: 123, bar: 0.2 },
}

describe("ORCA's header", () => {
  it.each([
    [
      'as Envoy writes it',
      'TEXT cpu_utilization:0.7,application_utilization:0.8,mem_utilization:0.9,rps_fractional:1000,eps:2,named_metrics.foo:123,named_metrics.bar:0.2',
    ],
    [
      'with equals signs',
      'TEXT cpu_utilization=0.7, application_utilization=0.8, mem_utilization=0.9, rps_fractional=1000.0, eps=2, named_metrics.foo=123, named_metrics.bar=0.2',
    ],
    [
      'as JSON',
      'JSON {"cpu_utilization": 0.7, "application_utilization": 0.8, "mem_utilization": 0.9, "rps_fractional": 1000, "eps": 2, "named_metrics": {"foo": 123, "bar": 0.2}}',
    ],
    [
      'as JSON in the names of proto3, with what there is no use for',
      'JSON {"cpuUtilization":0.7,"applicationUtilization":0.8,"memUtilization":0.9,"rpsFractional":1000,"rps":"7","eps":2,"namedMetrics":{"foo":123,"bar":0.2},"requestCost":{"x":1},"other":[]}',
    ],
  ])('is read %s', (_form, value) => {
    expect(orca(value)).toEqual(EXAMPLE)
  })

  it('has utilisations by name, and the old field for the rate', () => {
    expect(orca('TEXT utilization.gpu=0.5, rps=12')).toEqual({ utilization: { gpu: 0.5 }, rps: 12 })
    expect(orca('JSON {"utilization": {"gpu": 0.5}, "rps": "12"}')).toEqual({
      utilization: { gpu: 0.5 },
      rps: 12,
    })
    expect(orca('TEXT rps_fractional=11.5, rps=12')).toEqual({ rps: 11.5 })
  })

  it('tells requests in flight and latency by two names of its own metrics', () => {
    expect(orca('TEXT named_metrics.in_flight=3, named_metrics.latency_ms=21.5')).toEqual({
      inFlight: 3,
      latency: 21.5,
      namedMetrics: { in_flight: 3, latency_ms: 21.5 },
    })
  })

  it.each([
    '',
    'TEXT',
    'JSON',
    'BAD cpu_utilization=1',
    'cpu_utilization=0.7',
    'TEXT not-a-list-of-pairs',
    'TEXT cpu_utilization="0.7"',
    'TEXT cpu_utilization=',
    'TEXT cpu_utilization=NaN, eps=Infinity, rps=-1, mem_utilization=1e10',
    'TEXT =1,,,=,:',
    'JSON not json',
    'JSON null',
    'JSON 5',
    'JSON []',
    'JSON {"cpu_utilization": "0.7"}',
    'JSON {"cpu_utilization": null, "named_metrics": null, "utilization": 0}',
    'JSON {"named_metrics": "foo", "utilization": [[]]}',
    'JSON {"__proto__": {"inFlight": 1}, "constructor": 1}',
    'BIN CQAAAAAAAOA/',
    `JSON ${'['.repeat(4_000)}`,
  ])('says nothing as %j', (value) => {
    // A plain `utilization` of 0 is a number like any other.
    expect(orca(value) ?? {}).not.toHaveProperty('cpuUtilization')
    expect(Object.keys(orca(value) ?? {}).filter((key) => key !== 'applicationUtilization')).toEqual([])
  })

  it('keeps what is right beside what is wrong', () => {
    expect(orca('TEXT cpu_utilization=x, eps=1, unheard_of=3')).toEqual({ eps: 1 })
  })

  it('keeps names that mean something to objects as names', () => {
    const report = orca('TEXT named_metrics.__proto__=1, named_metrics.constructor=2')
    expect(Object.keys(report?.namedMetrics ?? {})).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  })
})

describe('the plain header', () => {
  it('is short', () => {
    expect(plain('in-flight=12, latency=23.5, utilization=0.4')).toEqual({
      inFlight: 12,
      latency: 23.5,
      applicationUtilization: 0.4,
    })
    expect(plain('cpu=0.3,memory=0.5,rps=100,eps=1')).toEqual({
      cpuUtilization: 0.3,
      memUtilization: 0.5,
      rps: 100,
      eps: 1,
    })
  })

  it('goes before the other where both say something', () => {
    const headers = new Headers({
      'evenkeel-load': 'in-flight=12, cpu=0.9',
      'endpoint-load-metrics': 'TEXT cpu_utilization=0.3, eps=1',
    })
    expect(readLoadReport(headers)).toEqual({ inFlight: 12, cpuUtilization: 0.9, eps: 1 })
  })

  it('is what is written', () => {
    const report = { inFlight: 3, latency: 21.5, applicationUtilization: 0.25, rps: 80, eps: 0 }
    expect(formatLoadReport(report)).toBe('in-flight=3, latency=21.5, utilization=0.25, rps=80, eps=0')
    expect(plain(formatLoadReport(report))).toEqual(report)
    expect(formatLoadReport({ latency: 1 / 3, cpuUtilization: Number.NaN })).toBe('latency=0.333')
  })
})

describe('any header', () => {
  it('is none when it is not there', () => {
    expect(readLoadReport(new Headers())).toBeUndefined()
  })

  it.each([undefined, {}, { get: () => 5 }, { get: () => ['in-flight=1'] }])(
    'is none where a transport gives %j for headers',
    (headers) => {
      expect(readLoadReport(headers as unknown as Headers)).toBeUndefined()
    },
  )

  it('is not read when it is longer than a report may be, and keeps 64 names at most', () => {
    const pairs = (count: number, name: string) =>
      Array.from({ length: count }, (_, i) => `named_metrics.${name}${i}=${i}`).join(',')
    expect(Object.keys(orca(`TEXT ${pairs(150, 'm')}`)?.namedMetrics ?? {})).toHaveLength(64)
    expect(orca(`TEXT cpu_utilization=1,${pairs(400, 'm')}`)).toBeUndefined()
    expect(plain(`in-flight=1,${' '.repeat(5_000)}latency=2`)).toBeUndefined()
  })

  it('never throws, and gives sane numbers only', () => {
    const text = fc.string({ unit: fc.constantFrom(...'TEXJSON {}[]:=,.-+eE0123456789"_acdflinpsu') })
    const prefix = fc.constantFrom(
      '',
      'TEXT ',
      'JSON ',
      'in-flight=',
      'JSON {"eps":',
      'TEXT cpu_utilization:',
    )
    fc.assert(
      fc.property(prefix, text, (start, rest) => {
        for (const report of [orca(start + rest), plain(start + rest)]) {
          for (const value of Object.values(report ?? {})) {
            const numbers = typeof value === 'object' ? Object.values(value) : [value]
            for (const number of numbers) {
              expect(number).toBeGreaterThanOrEqual(0)
              expect(number).toBeLessThanOrEqual(1e9)
            }
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})
