/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
export function putBetween(text, name, content) {
  const begin = `<!-- ${name} -->`
  const from = text.indexOf(begin)
  const to = text.indexOf(`<!-- /${name} -->`)
  if (from < 0 || to < from) throw new Error(`there is no place for ${name}: ${begin} and <!-- /${name} -->`)
  return `${text.slice(0, from + begin.length)}\n\n${content.trim()}\n\n${text.slice(to)}`
}
