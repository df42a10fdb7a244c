import type { Comparison, SimulationResult, Sweep } from '../result.js'
import { rowsOf } from '../rows.js'
import { type Draw, takePen } from './draw.js'
import { escapeMarkup } from './escape-markup.js'
import { PAGE_STYLE } from './page-style.js'
import { allOf, plotOfSweep, plotsOf } from './plots.js'

/** Something to report on. */
export type Reportable = SimulationResult | Comparison | Sweep

/**
 * A report with plots as one HTML page, which needs nothing else: no script, no network. Several
 * results go below each other. The package `echarts` has to be installed.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` when it is not
 */
export async function toHtml(...results: readonly Reportable[]): Promise<string> {
  const draw = await takePen()
  const title = results[0] === undefined ? 'nothing' : results[0].scenario
  const sections = results.map((result, i) => sectionOf(result, `r${i + 1}-`, draw))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>evenkeel simulate: ${escapeMarkup(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`
}

/** The plots as SVG files, by name: for documents. The package `echarts` has to be installed. */
export async function toPictures(result: Reportable): Promise<Record<string, string>> {
  const draw = await takePen()
  const plots = 'comparisons' in result ? [plotOfSweep(result)] : plotsOf(runsOf(result))
  return Object.fromEntries(plots.map((plot) => [plot.name, draw(plot)]))
}

function sectionOf(result: Reportable, prefix: string, draw: Draw): string {
  const isSweep = 'comparisons' in result
  const plots = isSweep ? [plotOfSweep(result)] : plotsOf(runsOf(result))
  const [head = [], ...rows] = rowsOf(result)
  return `<section>
<h1>${escapeMarkup(isSweep ? `${result.scenario} at several loads` : result.scenario)}</h1>
<p>${escapeMarkup(result.title)}</p>
<p class="facts">${escapeMarkup(factsOf(result))}</p>
<div class="scroll"><table>
<thead><tr>${head.map((cell) => `<th scope="col">${escapeMarkup(cell)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map(([name = '', ...cells]) => `<tr><th scope="row">${escapeMarkup(name)}</th>${cells.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join('')}</tr>`).join('\n')}
</tbody>
</table></div>
<p class="facts">Latencies in ms, from the arrival of a request to its answer, retries and waits included, without the warm-up.</p>
${plots.map((plot) => `<figure>${draw({ ...plot, name: prefix + plot.name })}</figure>`).join('\n')}
</section>`
}

function runsOf(result: SimulationResult | Comparison): SimulationResult[] {
  return 'results' in result ? allOf(result) : [result]
}

function factsOf(result: Reportable): string {
  const run =
    'comparisons' in result ? result.comparisons[0]?.oracle : 'oracle' in result ? result.oracle : result
  if (run === undefined) return ''
  const { clients, servers, calls, load, duration, seed } = run
  const facts = [
    `${number(servers)} ${servers === 1 ? 'server' : 'servers'}`,
    `${number(clients)} ${clients === 1 ? 'client' : 'clients'}`,
    `${number(calls.total)} requests in ${(duration / 1_000).toFixed(1)} s of virtual time`,
    ...('comparisons' in result ? [] : [`${Math.round(load * 100)} % load`]),
    `seed ${seed}`,
  ]
  return facts.join(' · ')
}

/** In groups of three, in the same way everywhere. */
function number(value: number): string {
  return `${value}`.replaceAll(/\B(?=(\d{3})+$)/g, ' ')
}
