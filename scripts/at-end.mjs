// However a run ends (done, failed, Ctrl-C), nothing of it stays: no process, no folder.

const steps = new Set()

/** Has something done at the end, whatever comes; returns a function that does it now. */
export function atEnd(step) {
  steps.add(step)
  return () => {
    if (steps.delete(step)) step()
  }
}

process.on('exit', () => {
  // What came last goes first: programs end before their folder is removed.
  for (const step of [...steps].reverse()) step()
})
const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }
for (const [signal, code] of Object.entries(signals)) process.on(signal, () => process.exit(code))
