import { describe, expect, it } from 'vitest'
import { decodeStatus, encodeRequest, statusName } from '../../src/node/checks/grpc-health.js'

const bytes = (...all: number[]) => new Uint8Array(all)

describe('the status in a message', () => {
  it.each<[string, Uint8Array, number]>([
    ['is UNKNOWN if there is none', bytes(), 0],
    ['is that of field 1', bytes(0x08, 1), 1],
    ['is the last of several', bytes(0x08, 1, 0x08, 2), 2],
    ['may be one of a later version', bytes(0x08, 0x96, 0x01), 150],
    [
      'stands between fields that are not known',
      bytes(0x12, 2, 8, 9, 0x08, 1, 0x1d, 8, 2, 8, 2, 0x21, ...Array(4).fill([8, 3]).flat()),
      1,
    ],
    ['may be a number of any size', bytes(0x08, ...Array(9).fill(0xff), 1), 2 ** 64],
  ])('%s', (_, message, status) => {
    expect(decodeStatus(message)).toBe(status)
  })

  it.each([
    ['ends in the middle', bytes(0x08)],
    ['has a number without an end', bytes(0x08, ...Array(11).fill(0xff))],
    ['has a kind of field that there is not', bytes(0x0f)],
  ])('is none if the message %s', (_, message) => {
    expect(() => decodeStatus(message)).toThrow('it is not a message of the health service')
  })
})

it('a request has the name of the service, with its length in as many bytes as it takes', () => {
  expect([...encodeRequest('')]).toEqual([])
  expect([...encodeRequest('a.ü')]).toEqual([0x0a, 4, 0x61, 0x2e, 0xc3, 0xbc])
  expect([...encodeRequest('x'.repeat(300)).subarray(0, 4)]).toEqual([0x0a, 0xac, 0x02, 0x78])
})

it('a status that has no name is told by its number', () => {
  expect([0, 3, 9].map(statusName)).toEqual(['UNKNOWN', 'SERVICE_UNKNOWN', 'status 9'])
})
