import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { BalancerError } from '../../index.js'
import { loadScenario, type Scenario, type ScenarioName, scenarios, type Variant } from '../../sim/index.js'

/** A built-in scenario by its name, or one from a file. */
export async function readScenario(given: string): Promise<Scenario> {
  if (Object.hasOwn(scenarios, given)) return scenarios[given as ScenarioName]
  const isPath = /[./\\]/.test(given)
  if (!isPath)
    throw new BalancerError(
      'ERR_INVALID_CONFIG',
      `There is no scenario '${given}'; there are ${Object.keys(scenarios).join(', ')}. A file is told by a dot or a slash in its name.`,
    )
  return loadScenario(await readFile(given, 'utf8'))
}

/** What is wrong with them is for `compare` to say. */
export async function readVariants(file: string): Promise<readonly Variant[]> {
  const text = await readFile(file, 'utf8')
  try {
    return parse(text, { maxAliasCount: 100 })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new BalancerError('ERR_INVALID_CONFIG', `${file} is not YAML: ${reason}`, { cause })
  }
}
