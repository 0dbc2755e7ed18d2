import type { Usage, UsageRow } from '@recto/client'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Empty } from '../../ui/states.tsx'
import type { Measure, UsageGrouping } from './choice.ts'
import { type Bar, DayChart } from './day-chart.tsx'
import { GroupChart } from './group-chart.tsx'
import { type Column, NumbersTable, Totals } from './numbers-table.tsx'
import { daysOf, type Period } from './period.ts'
import { usageTexts } from './texts.ts'
import { measured, useWords } from './use-words.ts'

type Sums = Usage['total']

const useColumns = (): Column<Sums>[] => {
  const text = useTexts(usageTexts)
  const format = useFormat()
  const words = useWords()
  const count = (
    name: 'generations' | 'succeeded' | 'failed' | 'cancelled' | 'cached' | 'suggestions' | 'accepted' | 'calls',
  ) => ({ head: text[name], cell: (row: Sums) => format.number(row[name]) })
  return [
    { head: text.cost, cell: ({ cost_usd }) => format.money(cost_usd) },
    count('generations'),
    count('succeeded'),
    count('failed'),
    count('cancelled'),
    count('cached'),
    count('suggestions'),
    count('accepted'),
    { head: text.rate, cell: ({ acceptance_rate }) => words.share(acceptance_rate) },
    count('calls'),
    { head: text.tokens, cell: ({ tokens_input, tokens_output }) => format.number(tokens_input + tokens_output) },
    { head: text.saved, cell: ({ saved_usd }) => format.money(saved_usd) },
    { head: text.wait, cell: ({ wait_p50_ms, wait_p95_ms }) => words.times(wait_p50_ms, wait_p95_ms) },
    { head: text.latency, cell: ({ latency_p50_ms, latency_p95_ms }) => words.times(latency_p50_ms, latency_p95_ms) },
  ]
}

const keyOf = ({ day, model, kind, user_id }: UsageRow): string => day ?? model ?? kind ?? user_id ?? ''

type NumbersProps = { usage: Usage; by: UsageGrouping; period: Period; show: Measure }

const Chart = ({ usage: { data }, by, period, show }: NumbersProps) => {
  const text = useTexts(usageTexts)
  const format = useFormat()
  const words = useWords()
  const write = (value: number) => words.ofValue(value, show)
  const bars = data.map((row): Bar => {
    const value = measured(row, show)
    return { key: keyOf(row), label: words.ofUsage(row), value, written: write(value) }
  })
  if (by !== 'day') return <GroupChart bars={bars.toSorted((a, b) => b.value - a.value)} />
  const found = new Map(bars.map((bar) => [bar.key, bar]))
  const all = daysOf(period).map(
    (day): Bar => found.get(day) ?? { key: day, label: format.utcDay(day), value: 0, written: write(0) },
  )
  const most = bars.toSorted((a, b) => b.value - a.value)[0]
  const title = text.chart(text[show], words.ofGrouping(by))
  return <DayChart bars={all} label={most ? text.chartOf(title, most.written, most.label) : title} write={write} />
}

/** What was used in a period: a chart, its numbers, and the sums. */
export const UsageNumbers = (props: NumbersProps) => {
  const text = useTexts(usageTexts)
  const words = useWords()
  const columns = useColumns()
  const { usage, by, show } = props
  const caption = text.chart(text[show], words.ofGrouping(by))
  if (usage.data.length === 0) return <Empty title={text.nothing} />
  return (
    <>
      <section className="panel">
        <h2>{caption}</h2>
        <Chart {...props} />
        <NumbersTable
          caption={words.ofGrouping(by)}
          names={{ head: words.ofGrouping(by), cell: words.ofUsage }}
          columns={columns}
          rows={usage.data.map((row) => ({ key: keyOf(row), row }))}
        />
        <p className="hint">{text.utc}</p>
      </section>
      <section className="panel">
        <h2>{text.total}</h2>
        <Totals columns={columns} row={usage.total} />
      </section>
    </>
  )
}
