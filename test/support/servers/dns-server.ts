import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import {
  ipv4,
  ipv6,
  type Question,
  type ResourceRecord,
  readQuestion,
  srv,
  type Type,
  writeAnswer,
} from './dns-message.ts'

/** What there is of a name. */
export interface Records {
  readonly A?: readonly string[]
  readonly AAAA?: readonly string[]
  /** Priority, weight, port, target. */
  readonly SRV?: readonly (readonly [number, number, number, string])[]
  /** In seconds. Default 30. */
  readonly ttl?: number
}

/**
 * What becomes of a question. `truncated`: the answer is too long for UDP, and there over TCP. `garbage`: bytes
 * that are no message; `cut`: a message that ends in the middle.
 */
export type Behaviour =
  | 'answer'
  | 'servfail'
  | 'refused'
  | 'silence'
  | 'truncated'
  | 'garbage'
  | 'cut'
  | 'other id'

/** A name server that can be made to misbehave, over UDP and TCP, on one port of 127.0.0.1. */
export class DnsServer implements AsyncDisposable {
  readonly zone = new Map<string, Records>()
  /** What was asked, in order: `A users.test`. */
  readonly questions: string[] = []
  /** What was asked over TCP. */
  tcp = 0
  behaviour: Behaviour | ((question: string) => Behaviour) = 'answer'
  readonly #udp = createSocket('udp4')
  readonly #tcp = createServer((socket) => this.#onConnection(socket))
  readonly #sockets = new Set<Socket>()
  readonly #onQuestion: () => void

  constructor(onQuestion: () => void) {
    this.#onQuestion = onQuestion
  }

  /** For the option `servers`. */
  get address(): string {
    return `127.0.0.1:${this.#udp.address().port}`
  }

  async start(): Promise<this> {
    this.#udp.on('message', (message, { port }) => {
      const answer = this.#answer(message, 'udp')
      if (answer !== undefined) this.#udp.send(answer, port, '127.0.0.1')
    })
    for (;;) {
      this.#tcp.listen(0, '127.0.0.1')
      await once(this.#tcp, 'listening')
      try {
        this.#udp.bind((this.#tcp.address() as AddressInfo).port, '127.0.0.1')
        await once(this.#udp, 'listening')
        return this
      } catch (error) {
        // Free for TCP, and taken for UDP.
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
        await once(this.#tcp.close(), 'close')
      }
    }
  }

  /** How often that was asked. */
  count(question: string): number {
    return this.questions.filter((asked) => asked === question).length
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {}))
    let received = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      while (received.length > 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0)
        const answer = this.#answer(received.subarray(2, end), 'tcp')
        received = received.subarray(end)
        if (answer === undefined) continue
        const length = Buffer.alloc(2)
        length.writeUInt16BE(answer.length)
        socket.write(Buffer.concat([length, answer]))
      }
    })
  }

  #answer(message: Buffer, over: 'udp' | 'tcp'): Buffer | undefined {
    const question = readQuestion(message)
    const asked = `${question.type} ${question.name}`
    this.questions.push(asked)
    this.#onQuestion()
    if (over === 'tcp') this.tcp++
    const records = this.zone.get(question.name)
    const complete = writeAnswer(question, {
      rcode: records === undefined ? 3 : 0,
      answers: records === undefined ? [] : recordsOf(records, question),
    })
    switch (typeof this.behaviour === 'function' ? this.behaviour(asked) : this.behaviour) {
      case 'answer':
        return complete
      case 'servfail':
        return writeAnswer(question, { rcode: 2 })
      case 'refused':
        return writeAnswer(question, { rcode: 5 })
      case 'silence':
        return undefined
      case 'truncated':
        return over === 'tcp' ? complete : writeAnswer(question, { truncated: true })
      case 'garbage':
        return Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')
      case 'cut':
        return complete.subarray(0, -3)
      case 'other id':
        return writeAnswer({ ...question, id: question.id ^ 1 }, { rcode: 3 })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#tcp.close()
    this.#udp.close()
    await Promise.all([once(this.#tcp, 'close'), once(this.#udp, 'close')])
  }
}

function recordsOf({ A = [], AAAA = [], SRV = [], ttl = 30 }: Records, { type }: Question): ResourceRecord[] {
  const data: Partial<Record<Type, readonly Buffer[]>> = {
    A: A.map(ipv4),
    AAAA: AAAA.map(ipv6),
    SRV: SRV.map((record) => srv(...record)),
  }
  return (data[type] ?? []).map((bytes) => ({ type, ttl, data: bytes }))
}

/** `zone` by name, in small letters. */
export function dnsServer(
  zone: Readonly<Record<string, Records>> = {},
  onQuestion: () => void = () => {},
): Promise<DnsServer> {
  const server = new DnsServer(onQuestion)
  for (const [name, records] of Object.entries(zone)) server.zone.set(name, records)
  return server.start()
}
