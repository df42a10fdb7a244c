import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { freePort } from './free-port.ts'
import { OwnProcess } from './own-process.ts'

/** A redis-server of Debian's, which keeps nothing on disk. Its port stays its own when it is killed. */
class RedisProcess extends OwnProcess {
  readonly port: number

  constructor(port: number) {
    super()
    this.port = port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Resolves when it answers. */
  async start(): Promise<this> {
    const options = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    this.child = spawn('/usr/bin/redis-server', options, { stdio: 'ignore' })
    while (!(await this.#answers())) await new Promise((resolve) => setTimeout(resolve, 10))
    return this
  }

  async #answers(): Promise<boolean> {
    if (this.child?.exitCode != null) throw new Error(`redis-server ended with ${this.child.exitCode}`)
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
