import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { freePort } from './free-port.ts'

/** A redis-server of Debian's, which keeps nothing on disk. Its port stays its own when it is killed. */
class RedisProcess implements AsyncDisposable {
  readonly port: number
  #child: ChildProcess | undefined

  constructor(port: number) {
    this.port = port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Resolves when it answers. */
  async start(): Promise<this> {
    const options = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    this.#child = spawn('/usr/bin/redis-server', options, { stdio: 'ignore' })
    while (!(await this.#answers())) await new Promise((resolve) => setTimeout(resolve, 10))
    return this
  }

  /** Its kernel goes on taking connections, and nobody answers. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  async #answers(): Promise<boolean> {
    if (this.#child?.exitCode != null) throw new Error(`redis-server ended with ${this.#child.exitCode}`)
    const socket = connect(this.port, '127.0.0.1').setTimeout(1_000)
    socket.write('PING\r\n')
    try {
      await once(socket, 'data')
      return true
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }
}

/** Redis on a free port. */
export async function redisProcess(): Promise<RedisProcess> {
  return new RedisProcess(await freePort()).start()
}
