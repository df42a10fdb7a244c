import { certificate } from '../support/servers/certificate.ts'
import { postgresProcess } from '../support/servers/postgres-process.ts'
import { redisProcess } from '../support/servers/redis-process.ts'
import { tlsServer } from '../support/servers/tcp-server.ts'

/** Real servers for the examples that connect to some, and where they are in the place of what the documents say. */
export async function documentedServers() {
  const redis = await Promise.all([redisProcess(), redisProcess()])
  const postgres = await Promise.all([postgresProcess(), postgresProcess()])
  const mail = await tlsServer()
  const places: [string, string][] = [
    ...redis.map(({ port }, i): [string, string] => [`10.0.1.${i + 1}:6379`, `127.0.0.1:${port}`]),
    ...postgres.map(({ port }, i): [string, string] => [`10.0.2.${i + 1}:5432`, `127.0.0.1:${port}`]),
    ['mail.internal:993', `localhost:${mail.port}`],
    ['10.0.3.1', '127.0.0.1'],
    ['10.0.3.2', 'localhost'],
  ]
  return {
    ca: certificate.cert,
    locate: (code: string) => places.reduce((text, [from, to]) => text.replaceAll(from, to), code),
    async [Symbol.asyncDispose]() {
      for (const server of [...redis, ...postgres, mail]) await server[Symbol.asyncDispose]()
    },
  }
}
