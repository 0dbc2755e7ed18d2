type Series = { name: string; points: [x: number, y: number][] }

const [width, height, left, bottom, top] = [720, 240, 56, 32, 28]
const colours = ['#2563eb', '#d97706', '#059669']

/** A whole number of at most two digits other than zero that is not below `value`. */
const roundUp = (value: number): number => {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)))
  return Math.ceil(value / unit) * unit
}

/** Lines over time as an SVG picture. `x` in seconds; all series have one unit, which the title says. */
export const plot = (title: string, series: readonly Series[]): string => {
  const points = series.flatMap((one) => one.points)
  const mostX = Math.max(1, ...points.map(([x]) => x))
  const mostY = roundUp(Math.max(...points.map(([, y]) => y)))
  const xOf = (x: number) => left + (x / mostX) * (width - left - 12)
  const yOf = (y: number) => height - bottom - (y / mostY) * (height - bottom - top)
  const text = (x: number, y: number, content: string, more = '') =>
    `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" ${more}>${content}</text>`
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = yOf(mostY * share).toFixed(1)
    const line = `<line x1="${left}" x2="${width - 12}" y1="${y}" y2="${y}" stroke="#e5e7eb"/>`
    return line + text(left - 6, Number(y) + 4, String(+(mostY * share).toPrecision(3)), 'text-anchor="end"')
  })
  const ticks = [0, 0.5, 1].map((share) =>
    text(xOf(mostX * share), height - 10, `${Math.round(mostX * share)} s`, 'text-anchor="middle"'),
  )
  const lines = series.map(({ name, points: own }, n) => {
    const path = own.map(([x, y]) => `${xOf(x).toFixed(1)},${yOf(y).toFixed(1)}`).join(' ')
    const label = text(width - 14, top + 14 * n + 4, name, `text-anchor="end" style="fill:${colours[n]}"`)
    return `<polyline points="${path}" fill="none" stroke="${colours[n]}" stroke-width="1.5"/>${label}`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#374151">
<title>${title}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${text(left, 16, title, 'font-weight="bold"')}
${[...grid, ...ticks, ...lines].join('\n')}
</svg>
`
}
