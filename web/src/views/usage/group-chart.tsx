import type { Bar } from './day-chart.tsx'

/** One line for each group: its name, a bar, and its value in digits. */
export const GroupChart = ({ bars }: { bars: Bar[] }) => {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE)
  return (
    <ul className="groups">
      {bars.map(({ key, label, value, written }) => (
        <li key={key}>
          <span>{label}</span>
          <b>{written}</b>
          <svg aria-hidden="true" viewBox="0 0 100 1" preserveAspectRatio="none">
            <rect className="chart-bar" width={(value / most) * 100} height={1} />
          </svg>
        </li>
      ))}
    </ul>
  )
}

export type Part = { name: 'accepted' | 'rejected' | 'proposed'; value: number; written: string }

/** One line for each group: its name, its parts in words, and a bar of them in this order. */
export const PartsChart = ({ groups }: { groups: { key: string; label: string; parts: Part[] }[] }) => (
  <ul className="groups">
    {groups.map(({ key, label, parts }) => {
      const sum = parts.reduce((all, { value }) => all + value, 0)
      let before = 0
      return (
        <li key={key}>
          <span>{label}</span>
          <ul className="parts">
            {parts.map(({ name, written }) => (
              <li key={name} className={name}>
                {written}
              </li>
            ))}
          </ul>
          <svg aria-hidden="true" viewBox={`0 0 ${Math.max(sum, 1)} 1`} preserveAspectRatio="none">
            {parts.map(({ name, value }) => {
              before += value
              return <rect key={name} className={`part ${name}`} x={before - value} width={value} height={1} />
            })}
          </svg>
        </li>
      )
    })}
  </ul>
)
