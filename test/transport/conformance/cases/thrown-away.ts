import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Case, group, type World, when } from '../case.ts'
import { bytes } from '../describe-response.ts'
import { type Script, write } from '../raw-server.ts'
import { answer, byPath, ok, replies } from '../scripts.ts'
import { turns } from '../turns.ts'

/** So often is garbage collected, a few turns apart, until something comes of it. */
const MOST = 100
/** The same for what does not come with `fetch`. */
const IN_VAIN = 8

setFlagsFromString('--expose-gc')
const collectNow: () => void = runInNewContext('gc')
let collectedAt = 0

/** All columns are played at a time: what one of them has just done need not be done by the others. */
function collect(): void {
  if (performance.now() - collectedAt < 10) return
  collectNow()
  collectedAt = performance.now()
}

/** Collects garbage, until something came of it. */
async function collectUntil(done: () => boolean, most: number): Promise<boolean> {
  for (let i = 0; i < most && !done(); i++) {
    collect()
    await turns(2)
  }
  return done()
}

/** Collects garbage for a while, since nothing is to come of it. */
async function collectInVain(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    await turns(2)
    collect()
  }
}

/** More than is read ahead. */
const large = replies(answer('200 OK', [['Content-Length', `${2 ** 30}`]]), Buffer.alloc(2 ** 20))

/** The beginning of a body, and no more. */
const half: Script = async ({ socket, received }) => {
  await received
  await write(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
}

const finish = async ({ server }: World) => {
  const [socket] = server.accepted
  if (socket !== undefined) await write(socket, 'world')
}

/** What is done with a response of which nobody keeps hold. */
const forgets = (name: string, script: Script, use: (response: Response) => unknown, most = MOST): Case =>
  when(
    name,
    async ({ fetch, server }) => {
      // In a function of its own: what a running one had in hand may not be garbage yet.
      await (async () => void use(await fetch('/x')))()
      return { closed: await collectUntil(() => server.accepted[0]?.closed === true, most) }
    },
    {
      server: byPath({ '/x': script }),
      after: async ({ fetch }) => (await fetch('/next')).text(),
    },
  )

/** What is still held must not be taken away. */
const keeps = (name: string, use: (response: Response, world: World) => Promise<unknown>): Case =>
  when(
    name,
    async (world) => {
      const used = await (async () => {
        const result = use(await world.fetch('/x'), world)
        return { result }
      })()
      await collectInVain()
      await finish(world)
      return used.result
    },
    { server: half },
  )

async function drain(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<string> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true }
    if (done) return bytes(Buffer.concat(chunks))
    chunks.push(value as Uint8Array)
  }
}

export const thrownAway = group('thrown away', [
  forgets('a large body', large, () => {}),
  forgets('a body that does not end', half, () => {}),
  forgets('a body that was looked at', half, ({ body }) => body?.locked),
  forgets(
    'a body that was read from',
    large,
    async ({ body }) => {
      const reader = body?.getReader()
      await reader?.read()
      reader?.releaseLock()
    },
    IN_VAIN,
  ),
  forgets('a reader', half, ({ body }) => void body?.getReader(), IN_VAIN),
  forgets('a clone', large, (response) => void response.clone()),
  forgets('the headers alone', half, ({ headers }) => [...headers]),
  forgets('a body that was cancelled', large, ({ body }) => void body?.cancel()),
  when(
    'short bodies keep no connection busy',
    async ({ fetch }) => {
      for (let i = 0; i < 5; i++) {
        await fetch(`/${i}`)
        await turns(1)
      }
      return 'five'
    },
    { server: ok },
  ),
  keeps('not a text that is waited for', (response) => response.text()),
  keeps('not a stream', async ({ body }) => {
    await collectInVain()
    return drain(body?.getReader())
  }),
  keeps('not a reader', ({ body }) => drain(body?.getReader())),
  keeps('not a clone', (response) => {
    const copy = response.clone()
    return copy.text()
  }),
  keeps('not a pipe', async ({ body }) => drain(body?.pipeThrough(new TransformStream()).getReader())),
  keeps('not a Response made of it', ({ body }) => new Response(body).text()),
])
