import { describe, expect, it } from 'vitest'
import { fetchTransport, type Transport } from '../../../src/index.ts'
import { CASES } from './cases/all.ts'
import { balanced } from './columns.ts'
import { compare } from './compare.ts'
import { differencesOf } from './differences.ts'
import type { Explanation } from './explained/explanation.ts'
import type { Observation } from './run-case.ts'
import { complaintsOf, reasonsOf, tableOf } from './table.ts'
import { judge } from './verdict.ts'

/** The suite finds what is wrong with a transport. */
async function complaints(name: string, wrong: Partial<Transport>): Promise<readonly string[]> {
  const one = CASES.find((each) => each.name === name)
  if (one === undefined) throw new Error(`There is no case '${name}'`)
  const column = balanced('wrong', () => ({
    transport: { send: (...call) => fetchTransport().send(...call), ...wrong },
  }))
  return complaintsOf({ name, verdicts: await compare(one, [column]) })
}

const { send } = fetchTransport()

const sends = (change: (init: RequestInit) => RequestInit): Partial<Transport> => ({
  send: (endpoint, url, init) => send.call(fetchTransport(), endpoint, url, change(init)),
})

describe('the suite', () => {
  it.each<[string, string, Partial<Transport>, RegExp]>([
    [
      'a method',
      'method: "patch"',
      sends((init) => ({ ...init, method: 'PATCH' })),
      /server\.0\.line is "PATCH /,
    ],
    [
      'a header',
      'method: "GET"',
      sends((init) => ({ ...init, headers: { a: 'b' } })),
      /server\.0\.headers is/,
    ],
    [
      'a redirect',
      'redirect: 302 of GET',
      sends((init) => ({ ...init, redirect: 'manual' })),
      /caller\.response/,
    ],
    [
      'an abort that is not heard',
      'abort: with no reason, before the headers',
      { send: (endpoint, url, { signal: _, ...init }) => send.call(fetchTransport(), endpoint, url, init) },
      /after\.closed is false/,
    ],
    [
      'a response made anew',
      'redirect: 302 of GET',
      {
        send: async (...call) => {
          const response = await fetchTransport().send(...call)
          return new Response(response.body, response)
        },
      },
      /caller\.response\.url is ""/,
    ],
    [
      'another error',
      'error: refused',
      { send: () => Promise.reject(new Error('refused')) },
      /caller\.error\.class is "Error", and with fetch "TypeError"/,
    ],
  ])('finds %s', async (_, name, wrong, complaint) => {
    expect((await complaints(name, wrong)).join('\n')).toMatch(complaint)
  })

  it('has nothing to say of one that does what fetch does', async () => {
    expect(await complaints('redirect: 302 of GET', {})).toEqual([])
  })
})

describe('differences', () => {
  it.each<[Observation, Observation, readonly string[]]>([
    [{ a: 1, b: [1, { c: 2 }] }, { a: 1, b: [1, { c: 2 }] }, []],
    [{ a: 1, b: [1, { c: 2 }] }, { a: 1, b: [1, { c: 3 }] }, ['b.1.c']],
    [{ a: [1] }, { a: [1, 2] }, ['a']],
    [{ a: [1] }, { a: { 0: 1 } }, ['a']],
    [{ a: null }, {}, ['a']],
    [1, { a: 1 }, ['']],
  ])('of %j and %j', (one, other, paths) => {
    expect(differencesOf(one, other).map(({ path }) => path)).toEqual(paths)
  })
})

describe('explanations', () => {
  const differences = differencesOf({ a: 1, b: 'x', c: [] }, { a: 2, b: 'why', c: [{ d: 1, e: 2 }] })
  const explained = (found: Explanation['found']): readonly Explanation[] => [
    { columns: ['wrong'], cases: ['case'], found, why: 'because' },
  ]
  const all = { a: 2, b: /^w/, c: [{ d: 1 }] }

  it('cover what they say, and nothing else', () => {
    expect(judge('case', 'wrong', differences, explained(all))).toMatchObject({ unexplained: [], stale: [] })
    for (const found of [
      { ...all, a: 3 },
      { ...all, b: /^x/ },
      { ...all, c: [] },
      { ...all, c: [{ d: undefined }] },
    ]) {
      expect(judge('case', 'wrong', differences, explained(found)).unexplained).toHaveLength(1)
    }
    expect(judge('case', 'other', differences, explained(all)).unexplained).toHaveLength(3)
    expect(judge('another', 'wrong', differences, explained(all)).unexplained).toHaveLength(3)
  })

  it('are wrong when nothing differs any more', () => {
    expect(judge('case', 'wrong', [], explained(all)).stale).toEqual(['a', 'b', 'c'])
  })

  it('are told in the table', () => {
    const rows = [
      { name: 'same', verdicts: [judge('same', 'wrong', [], [])] },
      { name: 'case', verdicts: [judge('case', 'wrong', differences, explained(all))] },
      { name: 'case', verdicts: [judge('case', 'wrong', differences, [])] },
    ]
    expect(tableOf(rows, ['wrong'], reasonsOf(rows)).rows).toEqual([
      ['same', 'right', 'same'],
      ['case', 'right', 'differs [1]'],
      ['case', 'right', 'BROKEN'],
    ])
  })
})
