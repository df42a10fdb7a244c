/** Counts and prints what comes of the runs. */
export class Report {
  passed = 0
  failed = 0
  runs = 0

  /** One line for each run, and all there is to know about what failed in it. */
  add(what, { checks, problems }, seconds) {
    const bad = checks.filter(({ ok }) => ok !== true)
    const passed = checks.length - bad.length
    // Whatever is wrong about the run as a whole is one failure more.
    const failed = bad.length + (problems.length > 0 ? 1 : 0)
    const counts = failed > 0 ? `${passed} passed, ${failed} FAILED` : `${passed} passed`
    console.log(`${what}: ${counts} (${seconds.toFixed(1)} s)`)
    for (const { name, error } of bad) print(`FAILED ${what}: ${name}`, error)
    if (problems.length > 0) print(`FAILED ${what}`, problems.join('\n'))
    this.runs++
    this.passed += passed
    this.failed += failed
  }
}

function print(title, text) {
  console.log(`  ${title}\n${String(text).replace(/^/gm, '    ')}`)
}
