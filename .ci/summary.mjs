// Prints `N passed, N failed` from vitest's JSON report.
import { readFileSync } from 'node:fs'

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
// A file that could not be loaded has no tests to count, and must not look like success.
const broken = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
)

console.log(`${report.numPassedTests} passed, ${report.numFailedTests + broken.length} failed`)
