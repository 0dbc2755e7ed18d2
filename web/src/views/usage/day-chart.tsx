import { useFormat } from '../../i18n/language.tsx'
import { axisEnd } from './scale.ts'

export type Bar = { key: string; label: string; value: number; written: string }

/** The height of the chart's own units. Its width is one unit for each bar, so that the window may stretch it. */
const height = 100

/** One column for each day. `label` tells who cannot see it what it shows; the table beside it has every number. */
export const DayChart = ({ bars, label, write }: { bars: Bar[]; label: string; write(value: number): string }) => {
  const format = useFormat()
  const end = axisEnd(bars.map(({ value }) => value))
  const [first, last] = [bars[0], bars.at(-1)]
  return (
    <div className="chart">
      <div className="chart-axis" aria-hidden="true">
        <span>{write(end)}</span>
        <span>{write(end / 2)}</span>
        <span>{write(0)}</span>
      </div>
      <svg role="img" aria-label={label} viewBox={`0 0 ${bars.length} ${height}`} preserveAspectRatio="none">
        {[0.5, height / 2, height - 0.5].map((y) => (
          <line key={y} x1={0} x2={bars.length} y1={y} y2={y} />
        ))}
        {bars.map(({ key, label: day, value, written }, index) => (
          <g key={key}>
            <title>{`${day}: ${written}`}</title>
            {/* The whole column shows its title, also where the bar is low. */}
            <rect className="chart-room" x={index} width={1} y={0} height={height} />
            <rect
              className="chart-bar"
              x={index + 0.12}
              width={0.76}
              y={height - (value / end) * height}
              height={(value / end) * height}
            />
          </g>
        ))}
      </svg>
      <div className="chart-days" aria-hidden="true">
        {first && <span>{format.utcDay(first.key)}</span>}
        {last && last !== first && <span>{format.utcDay(last.key)}</span>}
      </div>
    </div>
  )
}
