import { writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import {
  balancingPolicies,
  type Comparison,
  compare,
  policyNames,
  type Scenario,
  type Sweep,
  scale,
  scenarios,
  sweep,
  toHtml,
  toTable,
  type Variant,
} from '../../sim/index.js'
import { listOf, numberOf, numbersOf } from './parse-option.js'
import { progressBar } from './progress-bar.js'
import { readScenario, readVariants } from './read-files.js'

interface Options {
  readonly policy?: readonly string[]
  readonly variants?: string
  readonly requests?: number
  readonly servers?: number
  readonly clients?: number
  readonly load?: number
  readonly loads?: readonly number[]
  readonly seed: number
  readonly json?: boolean
  readonly html?: string
  readonly list?: boolean
  readonly quiet?: boolean
}

const EXAMPLES = `
Examples:
  evenkeel simulate --list                              what scenarios there are
  evenkeel simulate slow-servers                        policies beside an oracle that knows all
  evenkeel simulate grey-heals --html report.html       the same with plots (needs the package echarts)
  evenkeel simulate my-fleet.yaml --policy leastLatency,leastRequest
  evenkeel simulate equal-servers --servers 100 --clients 100 --requests 1000000
  evenkeel simulate slow-servers --loads 0.5,0.7,0.9    p99 against load
  evenkeel simulate failures --variants variants.yaml   configurations instead of policies

Latencies are in ms, from the arrival of a request to its answer. The same seed gives the same result.`

/** `evenkeel simulate`. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .summary('try policies and settings on a simulated fleet')
    .description(
      'Runs real balancers against a simulated fleet in virtual time, and compares policies or settings.',
    )
    .argument('[scenario]', 'a built-in scenario, or a file of YAML or JSON')
    .option('--list', 'list the built-in scenarios and policies')
    .option(
      '-p, --policy <names>',
      `which policies: ${policyNames.join(', ')} (default: those for balance)`,
      listOf,
    )
    .addOption(
      new Option('--variants <file>', 'compare balancer options from a file of YAML').conflicts('policy'),
    )
    .option('-n, --requests <number>', 'how many requests arrive', numberOf)
    .option('--servers <number>', 'scale the fleet to so many servers', numberOf)
    .option('--clients <number>', 'how many clients share the traffic', numberOf)
    .addOption(
      new Option('--load <share>', 'load as a share of what the fleet can do, 0.72')
        .argParser(numberOf)
        .conflicts('loads'),
    )
    .option('--loads <shares>', 'several loads, 0.5,0.7,0.9: p99 against load', numbersOf)
    .option('--seed <number>', 'decides all that is left to chance', numberOf, 1)
    .option('--json', 'print the whole result as JSON instead of a table')
    .option('--html <file>', 'also write a report with plots')
    .option('-q, --quiet', 'no progress bar (there is none either where stderr is no terminal)')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .action(async (given: string | undefined, options: Options, command: Command) => {
      if (options.list) return print(listing())
      if (given === undefined)
        command.error("error: missing argument 'scenario' (--list shows what there is)")
      const result = await runWith(await readScenario(given), options)
      if (options.html !== undefined) await writeFile(options.html, await toHtml(result))
      print(options.json ? JSON.stringify(result, undefined, 2) : describe(result))
    })
}

async function runWith(read: Scenario, options: Options): Promise<Comparison | Sweep> {
  const { servers, clients, requests, load, loads, seed } = options
  const scaled = scale(read, {
    ...(servers !== undefined && { servers }),
    ...(clients !== undefined && { clients }),
  })
  const { rate: _, ...arrivals } = scaled.arrivals ?? {}
  const scenario: Scenario = {
    ...scaled,
    ...(requests !== undefined && { requests }),
    ...(load !== undefined && { arrivals: { ...arrivals, load } }),
  }
  const variants: readonly (string | Variant)[] =
    options.variants === undefined
      ? (options.policy ?? balancingPolicies)
      : await readVariants(options.variants)
  const bar = progressBar(!options.quiet)
  try {
    const settings = { seed, ...(bar !== undefined && { onProgress: bar.update }) }
    return loads === undefined
      ? await compare(scenario, variants, settings)
      : await sweep(scenario, variants, { ...settings, loads })
  } finally {
    bar?.stop()
  }
}

function describe(result: Comparison | Sweep): string {
  return `${result.scenario}: ${result.title}\n\n${toTable(result)}`
}

function listing(): string {
  const width = Math.max(...Object.keys(scenarios).map((name) => name.length))
  const lines = Object.entries(scenarios).map(([name, { title }]) => `  ${name.padEnd(width)}  ${title}`)
  return ['Scenarios:', ...lines, '', `Policies: ${policyNames.join(', ')}; an oracle runs along.`].join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
