// `npm run demo -- --help` says what this is. It is JavaScript only to say what is missing where the rest cannot run.
if (!process.features.typescript) {
  console.error(
    `demo: needs a Node that runs TypeScript (22.18 or newer), and this is ${process.versions.node}.`,
  )
  console.error('`npm run demo` brings a suitable one along.')
  process.exit(1)
}

const { main } = await import('./main.ts').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/[\\/]dist[\\/]/.test(error.message)) throw error
  console.error('demo: the library is not built yet; `npm run demo` does that, or `npm run build`.')
  process.exit(1)
})

process.exitCode = await main(process.argv.slice(2))
