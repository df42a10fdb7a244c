/** Light or dark as the reader's system is; narrow enough to read, and fit to print. */
export const PAGE_STYLE = `
:root{color-scheme:light dark}
body{margin:0;font:16px/1.5 system-ui,sans-serif;background:#fff;color:#24292f}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.5rem;margin:1.5rem 0 0}
p{margin:.5rem 0}
.facts{font-size:.875rem;opacity:.75}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;white-space:nowrap}
th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid #8884}
th:first-child{text-align:left}
thead th{border-bottom:2px solid #8888}
figure{margin:1.25rem 0}
figure svg{display:block;width:100%;height:auto}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}}
@media print{figure{break-inside:avoid}}
`
