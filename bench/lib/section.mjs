// A report is a list of sections: text, and a table. For a terminal and for docs/performance.md alike.

/** Text to the left, numbers to the right. */
export function asText({ title, notes = [], head, rows }) {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)))
  const isText = textColumns(head, rows)
  const line = (cells) =>
    cells.map((cell, i) => (isText[i] ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')
  const table = [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)]
  return [title.toUpperCase(), ...notes, ...table.map((row) => row.trimEnd()), ''].join('\n')
}

export function asMarkdown({ title, notes = [], head, rows }) {
  const isText = textColumns(head, rows)
  const line = (cells) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, i) => (isText[i] ? '---' : '---:'))
  return [
    `### ${title}`,
    '',
    ...notes.flatMap((note) => [note, '']),
    line(head),
    line(rule),
    ...rows.map(line),
  ]
    .concat('')
    .join('\n')
}

function textColumns(head, rows) {
  return head.map((_, i) => i === 0 || rows.every((row) => !/^[≥~]?[\d,.]+/.test(row[i])))
}

export const number = (value) => {
  if (!Number.isFinite(value)) return '-'
  return Math.abs(value) < 99.95 ? value.toFixed(1) : Math.round(value).toLocaleString('en')
}

/** A ratio and between what the rounds lay. */
export const ratio = ({ median, low, high }, digits = 2) =>
  `${times(median, digits)} (${times(low, digits)}–${times(high, digits)})`

const times = (value, digits) => (value < 99.5 ? value.toFixed(value < 9.95 ? digits : 1) : number(value))
