import { BalancerError } from '../../core/errors.js'
import { escapeMarkup } from './escape-markup.js'
import { lookOf } from './palette.js'
import type { Axis, Line, Plot } from './plot.js'

/** How large a drawing is, in pixels at its natural size; it is scaled with the page. */
const WIDTH = 760
const HEIGHT = 320
/** Stands for the page's own colour of text, which ECharts cannot know. */
const INK = '#010203'
const LEGEND_ROW = 22
const GRID = '#8888884d'
/** Values further apart than this are drawn on a log axis. */
const FAR = 30

/** Legible on a light page and on a dark one, also as a file of its own. */
const STYLE =
  '<style>svg{color:#24292f;background:#fff}@media(prefers-color-scheme:dark){svg{color:#e6edf3;background:#0d1117}}</style>'

/** Draws plots. */
export type Draw = (plot: Plot) => string

/**
 * A pen: makes an SVG of a plot, with the same bytes for the same plot. Drawn by ECharts, which is only
 * loaded here, and without a browser.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` when ECharts is not installed
 */
export async function takePen(): Promise<Draw> {
  const { core, charts, components, renderers } = await load()
  core.use([
    charts.LineChart,
    components.GridComponent,
    components.LegendComponent,
    components.TitleComponent,
    renderers.SVGRenderer,
  ])
  return (plot) => {
    const chart = core.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
    try {
      chart.setOption(optionOf(plot))
      return finish(chart.renderToSVGString(), plot)
    } finally {
      chart.dispose()
    }
  }
}

async function load() {
  try {
    const [core, charts, components, renderers] = await Promise.all([
      import('echarts/core'),
      import('echarts/charts'),
      import('echarts/components'),
      import('echarts/renderers'),
    ])
    return { core, charts, components, renderers }
  } catch (cause) {
    throw new BalancerError(
      'ERR_INVALID_CONFIG',
      'Plots are drawn by the package `echarts` (6), which is not installed: `npm install echarts`.',
      { cause },
    )
  }
}

function optionOf({ title, x, y: given, lines }: Plot): Record<string, unknown> {
  const y = { ...given, scale: scaleOf(given, lines) }
  return {
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    title: { text: title, left: 8, top: 6, textStyle: { color: INK, fontSize: 15, fontWeight: 600 } },
    legend: {
      top: 32,
      left: 8,
      itemWidth: 28,
      itemHeight: 8,
      itemGap: 20,
      icon: 'path://M0 3h28v3H0z',
      textStyle: { color: INK },
    },
    grid: { left: 64, right: 24, top: 50 + LEGEND_ROW * legendRows(lines), bottom: 46 },
    xAxis: {
      // To where the values end, which is seldom a number worth writing down.
      ...axisOf(x, x.fromZero === false),
      nameGap: 26,
      splitLine: { show: false },
      min: x.fromZero === false ? 'dataMin' : 0,
      max: 'dataMax',
    },
    yAxis: { ...axisOf(y), nameGap: 46 },
    series: lines.map(({ name, points }, i) => {
      const look = lookOf(name, i)
      return {
        type: 'line',
        name,
        // A log axis has no place for 0.
        data: y.scale === 'log' ? points.map(([at, value]) => [at, value === 0 ? null : value]) : points,
        showSymbol: points.length < 20,
        symbol: 'circle',
        symbolSize: 6,
        color: look.color,
        lineStyle: { ...look },
        itemStyle: { color: look.color },
      }
    }),
  }
}

/** The legend goes on in another row when it is too wide: a name takes its letters, a sample and a gap. */
function legendRows(lines: readonly Line[]): number {
  const wide = lines.reduce((sum, { name }) => sum + 7 * name.length + 53, 0)
  return Math.ceil(wide / (WIDTH - 16))
}

/** A log axis only where values are far apart: on a linear one differences are easier to read. */
function scaleOf({ scale }: Axis, lines: readonly Line[]): 'linear' | 'log' {
  const values = lines.flatMap(({ points }) => points.flatMap(([, value]) => (value ? [value] : [])))
  return scale === 'log' && Math.max(...values) > FAR * Math.min(...values) ? 'log' : 'linear'
}

function axisOf(
  { label, scale, percent, fromZero = true }: Axis,
  showMaxLabel = true,
): Record<string, unknown> {
  return {
    type: scale === 'log' ? 'log' : 'value',
    name: label,
    nameLocation: 'middle',
    nameTextStyle: { color: INK },
    axisLabel: {
      color: INK,
      showMaxLabel,
      formatter: percent ? (value: number) => `${Math.round(value * 100)}` : (value: number) => `${value}`,
    },
    axisLine: { show: true, lineStyle: { color: INK, opacity: 0.5 } },
    splitLine: { lineStyle: { color: GRID } },
    scale: scale === 'log' || !fromZero,
  }
}

/** Gives ECharts' SVG a name for those who cannot see it, the page's colours, and ids of its own. */
function finish(svg: string, { name, title }: Plot): string {
  const head = `<title>${escapeMarkup(title)}</title>${STYLE}`
  return (
    svg
      .replaceAll(/zr\d+-/g, `${name}-`)
      // Effects under a mouse, whose classes are numbered by what was drawn before.
      .replaceAll(/ class="[^"]*"| pointer-events="[^"]*"/g, '')
      .replaceAll(/<style ?><!\[CDATA\[.*?\]\]>\s*<\/style>\s*/gs, '')
      .replaceAll(INK, 'currentColor')
      .replaceAll('rgb(1,2,3)', 'currentColor')
      .replace(/<svg ([^>]*)>/, `<svg role="img" aria-label="${escapeMarkup(title)}" $1>${head}`)
  )
}
