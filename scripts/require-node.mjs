// The npm scripts run on the Node that the `node` devDependency puts first on PATH, whatever Node started npm.
// Where that failed, say so in one line instead of a tool's stack trace.
const wanted = 22

if (Number.parseInt(process.versions.node, 10) < wanted) {
  console.error(
    `evenkeel needs Node ${wanted} or newer here, but this is Node ${process.versions.node} (${process.execPath}).\n` +
      'Normally `npm ci` brings a suitable Node along. If install scripts are switched off on this machine it cannot:\n' +
      `run \`npm ci --ignore-scripts=false\`, or install Node ${wanted} yourself.`,
  )
  process.exit(1)
}
