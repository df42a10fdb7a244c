// The artefacts promise to run anywhere: whatever they import must be one of them. The declarations must not lean
// on the types of a bundled package either, because a consumer does not have that package installed.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'

const specifiers =
  /\b(?:from|import|require)\s*\(?\s*(['"])([\w@.:/-]+)\1|<reference\s+(?:types|path)=(['"])([^'"]+)\3/g
const problems = []
const files = globSync('dist/**/*.{js,cjs,ts,cts}')
/** The entries that run on Node only, and what is in them. */
const ON_NODE = /^dist\/(cli|node|undici)\//
const anywhere = reachedFrom(files.filter((file) => /\/index\./.test(file) && !ON_NODE.test(file)))

for (const file of files) {
  for (const match of withoutComments(readFileSync(file, 'utf8')).matchAll(specifiers)) {
    const specifier = match[2] ?? match[4]
    if (!specifier.startsWith('.') && mayImport(file, specifier)) continue
    if (!specifier.startsWith('.')) problems.push(`${file} refers to '${specifier}'`)
    else if (!existsSync(target(file, specifier))) problems.push(`${file} refers to missing '${specifier}'`)
  }
}
if (files.length === 0) problems.push('nothing is built: run `npm run build` first')

console.log(problems.join('\n') || `${files.length} files in dist/ import nothing from outside`)
process.exitCode = problems.length === 0 ? 0 : 1

/**
 * The command runs on Node, and so does what is in `evenkeel/node` and `evenkeel/undici`, which use gRPC and undici of those who
 * have them; the types of `evenkeel/undici` are made of undici's. Plots are drawn by ECharts, which is only loaded when one is
 * wanted.
 */
function mayImport(file, specifier) {
  const isCode = /\.c?js$/.test(file)
  if (/^dist\/cli\//.test(file)) return isBuiltin(specifier)
  if (anywhere.has(file)) return isCode && /^echarts\//.test(specifier)
  if (specifier.startsWith('node:')) return true
  if (specifier === 'undici') return isCode || /^dist\/undici\//.test(file)
  return isCode && specifier === '@grpc/grpc-js'
}

/** These files, and all that they import of the others. */
function reachedFrom(begin) {
  const reached = new Set()
  const waiting = [...begin]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file) || !existsSync(file)) continue
    reached.add(file)
    for (const [, , specifier] of withoutComments(readFileSync(file, 'utf8')).matchAll(specifiers))
      if (specifier?.startsWith('.')) waiting.push(target(file, specifier))
  }
  return reached
}

/** In a declaration './x.js' means the declarations of x.js. */
function target(file, specifier) {
  const path = join(dirname(file), specifier)
  return /\.d\.c?ts$/.test(file) ? path.replace(/\.(c?)js$/, '.d.$1ts') : path
}

/** Examples in doc comments import the package by its name. */
function withoutComments(code) {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/(?!\/\s*<reference).*$/gm, '')
}
