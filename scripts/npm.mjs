import { basename } from 'node:path'

/**
 * The command of the npm that runs this script, on its own Node: the one found on PATH may be the one that is being
 * replaced.
 */
export function npm() {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env
  return cli && node && basename(cli) === 'npm-cli.js' ? [node, cli] : ['npm']
}
