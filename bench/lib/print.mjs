// What a benchmark says in the end: JSON for programs, or its sections as text.
import { asText } from './section.mjs'

export function print(results, json, sections) {
  if (json) return console.log(JSON.stringify(results))
  const { bench, node, quick, took, leftOut = [] } = results
  console.log(
    [
      `evenkeel ${bench} on Node ${node}${quick ? ', quick: too short to quote' : ''}, ${took.toFixed(0)} s`,
      ...leftOut.map((why) => `LEFT OUT: ${why}`),
      '',
      ...sections(results).map(asText),
    ].join('\n'),
  )
}
