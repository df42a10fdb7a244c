import { NO_ANSWER } from '../../support/servers/garbage.ts'
import type { Fault, Scene } from '../fault.ts'
import type { Behaviour } from '../programs/behaviour.ts'

/** All victims behave like that for a while. */
export function behaving(behaviour: Behaviour): Pick<Fault, 'begin' | 'end'> {
  const all = ({ victims }: Scene, how: Behaviour) => Promise.all(victims.map((victim) => victim.behave(how)))
  return {
    begin: (scene) => all(scene, behaviour),
    end: (scene) => all(scene, { does: 'serve' }),
  }
}

const NOTHING = 'Nothing.'
const OK = 'HTTP/1.1 200 OK\r\n'
const IN_THE_BODY =
  'The body breaks off, since the answer is already in its hands, until its server is ejected; headers are never a lie.'
const COUNTS_BODIES = { options: { completion: 'body' } } as const

/** One server that does something bad to connections. */
export const CONNECTION_FAULTS: readonly Fault[] = [
  {
    name: 'refuse',
    what: 'A server refuses connections and cuts off those that there are.',
    sees: NOTHING,
    posts: 0.2,
    ...behaving({ does: 'refuse' }),
    promised: {
      // Those that are cut off may have been worked on.
      postsFailed: 3,
      ...{ p99: 3, slow: 0, amplification: 1.05, ejected: 1_000, recovered: 2_000 },
    },
  },
  {
    name: 'refuse, by turns',
    what: 'The same, with `roundRobin()`, under which each server has its share.',
    sees: NOTHING,
    policy: 'roundRobin',
    ...behaving({ does: 'refuse' }),
    promised: { p99: 3, slow: 0, amplification: 1.05, ejected: 1_000, recovered: 2_000 },
  },
  {
    name: 'reset mid-header',
    what: 'A server resets connections in the middle of its headers.',
    sees: NOTHING,
    ...behaving({ does: 'reset', point: 'mid-headers' }),
    promised: { p99: 3, slow: 0, amplification: 1.05, ejected: 1_000, recovered: 2_000 },
  },
  {
    name: 'reset mid-body',
    what: 'A server resets connections in the middle of its bodies; `completion: "body"`.',
    sees: IN_THE_BODY,
    ...COUNTS_BODIES,
    ...behaving({ does: 'reset', point: 'mid-body' }),
    promised: { failed: 12, p99: 3, slow: 0, amplification: 1.05, ejected: 1_000, recovered: 2_000 },
  },
  {
    name: 'black hole',
    what: 'A server takes requests and never answers.',
    sees: 'A few calls take a timeout longer, until it is noticed that theirs are overdue.',
    ...behaving({ does: 'keep-silent' }),
    promised: { slow: 10, amplification: 1.05, ejected: 1_500, recovered: 2_000 },
  },
  {
    name: 'slow loris',
    what: 'A server sends its headers byte by byte and never comes to their end.',
    sees: 'A few calls take a timeout longer, until it is noticed that theirs are overdue.',
    ...behaving({ does: 'trickle' }),
    promised: { slow: 10, amplification: 1.05, ejected: 1_500, recovered: 2_000 },
  },
  {
    name: 'garbage',
    what: `A server answers with what is not HTTP: ${Object.keys(NO_ANSWER).length} kinds.`,
    sees: NOTHING,
    ...behaving({ does: 'write', bytes: Object.values(NO_ANSWER), closes: true }),
    promised: { p99: 3, slow: 0, amplification: 1.05, ejected: 1_000, recovered: 2_000 },
  },
  {
    name: 'truncated chunks',
    what: 'A server ends connections in the middle of a chunked body; `completion: "body"`.',
    sees: IN_THE_BODY,
    ...COUNTS_BODIES,
    ...behaving({
      does: 'write',
      bytes: [`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nff\r\nand`],
      closes: true,
    }),
    promised: { failed: 12, p99: 3, slow: 0, amplification: 1.05, ejected: 1_000, recovered: 2_000 },
  },
  {
    name: 'wrong content-length',
    what: 'A server promises more bytes than it sends, and ends the connection; `completion: "body"`.',
    sees: IN_THE_BODY,
    ...COUNTS_BODIES,
    ...behaving({ does: 'write', bytes: [`${OK}Content-Length: 1000\r\n\r\nno more`], closes: true }),
    promised: { failed: 12, p99: 3, slow: 0, amplification: 1.05, ejected: 1_000, recovered: 2_000 },
  },
  {
    name: 'too many bytes',
    what: 'All servers send more bytes than they promised, on connections that they keep.',
    sees: 'Nothing: it gets what was promised, and what follows is no answer to anybody.',
    victims: 'all',
    ...behaving({ does: 'write', bytes: [`${OK}Content-Length: 2\r\n\r\nok and more`], closes: false }),
    promised: { slow: 0, amplification: 1.2, recovered: 2_000 },
  },
  {
    name: 'keep-alive race',
    what: 'A server closes each idle connection just when the next request is on its way.',
    sees: 'Nothing. (A POST that was on its way fails: nobody can know whether it was taken.)',
    ...behaving({ does: 'lose-races' }),
    promised: { p99: 3, slow: 0, amplification: 1.1, recovered: 7_000 },
  },
  {
    name: 'connection close',
    what: 'All servers end the connection with each answer, and say so.',
    sees: NOTHING,
    victims: 'all',
    posts: 0.5,
    ...behaving({ does: 'close-each' }),
    promised: { p99: 3, slow: 0, amplification: 1, recovered: 2_000 },
  },
]
