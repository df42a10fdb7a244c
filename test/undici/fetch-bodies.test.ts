import { createServer } from 'node:http'
import { createGzip, gzipSync } from 'node:zlib'
import { createBalancer } from 'evenkeel'
import { request, FormData as UndiciFormData } from 'undici'
import { describe, expect, it } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { inTurn } from '../integration/in-turn.ts'
import { burstServer } from '../support/servers/burst-server.ts'
import { type Echo, echoServer } from '../support/servers/echo-server.ts'
import { LocalServer } from '../support/servers/local-server.ts'
import { FETCHES, globally } from './globally.ts'

const quick = { retry: { backoff: { base: 1, max: 1 } } } as const

describe.each(FETCHES)('a body of %s', (_, fetch) => {
  it.each<[string, () => BodyInit]>([
    ['a long text', () => 'x'.repeat(700_000)],
    ['a form', () => formOf(fetch === FETCHES[0]?.[1] ? FormData : UndiciFormData)],
    ['a Blob', () => new Blob(['x'.repeat(200_000)])],
    ['bytes', () => new Uint8Array(10).fill(120)],
  ])('%s is sent again, with its length', async (__, make) => {
    await using bad = await burstServer({ good: 0, bad: 1 })
    await using good = await echoServer()
    await using users = createBalancer({ endpoints: inTurn(bad, good), ...quick })
    await using _global = globally({ users })
    const response = await fetch('http://users/', { method: 'PUT', body: make() })
    const echo = (await response.json()) as Echo
    expect(bad.hits).toBe(1)
    expect(echo.body).toMatch(/x|value/)
    expect(echo.headers['content-length']).toBe(`${echo.body.length}`)
    expect(echo.headers['transfer-encoding']).toBeUndefined()
  })

  it('a stream goes on its way while it is written', async () => {
    const arrived: string[] = []
    await using server = await new LocalServer(
      createServer((incoming, response) => {
        incoming.on('data', (piece) => arrived.push(`${piece}`)).on('end', () => response.end('taken'))
      }),
    ).listen()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const { readable: body, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const init = { method: 'POST', body, duplex: 'half' }
    const call = fetch('http://users/', init as RequestInit)
    void writer.write(Buffer.from('one'))
    await eventually(() => arrived.join()).toBe('one')
    void writer.write(Buffer.from('two'))
    await eventually(() => arrived.join()).toBe('one,two')
    void writer.close()
    expect(await (await call).text()).toBe('taken')
  })

  it('decodes what comes, which is passed on as it came', async () => {
    await using server = await new LocalServer(
      createServer((incoming, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' })
        const zip = createGzip()
        zip.pipe(response)
        zip.end(`it accepts ${incoming.headers['accept-encoding']}`)
      }),
    ).listen()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const response = await fetch('http://users/')
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(await response.text()).toBe('it accepts gzip, deflate')
    const raw = await request('http://users/')
    expect(gzipSync('it accepts undefined').subarray(0, 4)).toEqual(
      Buffer.from(await raw.body.arrayBuffer()).subarray(0, 4),
    )
  })
})

/** Each fetch knows its own forms only. */
function formOf(Form: typeof FormData | typeof UndiciFormData): FormData {
  const form = new Form()
  form.append('name', 'value')
  return form as FormData
}
