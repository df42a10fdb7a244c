/** So often may aliases stand for what they are an alias of: those that multiply could fill the memory. */
const MOST_ALIASES = 1_000

/** @throws SyntaxError, without what stands in the text */
export async function parseYaml(text: string): Promise<unknown> {
  const { parseDocument } = await import('./yaml-parser.js')
  const document = parseDocument(text, { prettyErrors: false })
  const [problem] = document.errors
  if (problem === undefined) return document.toJS({ maxAliasCount: MOST_ALIASES })
  const line = text.slice(0, problem.pos[0]).split('\n').length
  throw new SyntaxError(`it is no YAML: ${problem.code} in line ${line}`)
}
