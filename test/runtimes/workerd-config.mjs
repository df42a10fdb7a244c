import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const DIST = 'node_modules/evenkeel/dist'

/** Writes the configuration of a Worker that runs worker.mjs, next to it; returns the path. */
export function writeConfig(project, date, fleet) {
  const files = globSync(['*.mjs', `${DIST}/**/*.js`], { cwd: project }).filter(
    (file) => file !== 'fleet.mjs',
  )
  const modules = [
    // The first one is the Worker.
    embedded('worker.mjs'),
    ...files.filter((file) => file !== 'worker.mjs').map(embedded),
    inline('fleet.mjs', `export const fleet = ${JSON.stringify(fleet)}`),
    // workerd does not know about node_modules.
    inline('evenkeel', `export * from './${DIST}/index.js'`),
    inline('evenkeel/discovery', `export * from '../${DIST}/discovery/index.js'`),
    inline('evenkeel/testing', `export * from '../${DIST}/testing/index.js'`),
  ]
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  compatibilityDate = ${JSON.stringify(date)},
  modules = [
    ${modules.join(',\n    ')},
  ],
);
`
  const path = join(project, `workerd-${date}.capnp`)
  writeFileSync(path, config)
  return path
}

const embedded = (file) => `(name = ${JSON.stringify(file)}, esModule = embed ${JSON.stringify(file)})`
const inline = (name, code) => `(name = ${JSON.stringify(name)}, esModule = ${JSON.stringify(code)})`
