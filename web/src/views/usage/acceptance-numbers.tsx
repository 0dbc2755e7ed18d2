import type { Acceptance, AcceptanceRow } from '@recto/client'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { useKindName } from '../../kinds/use-kind-name.ts'
import { Empty } from '../../ui/states.tsx'
import { type Part, PartsChart } from './group-chart.tsx'
import { type Column, NumbersTable, Totals } from './numbers-table.tsx'
import { usageTexts } from './texts.ts'
import type { AcceptanceGrouping } from './use-usage.ts'
import { useWords } from './use-words.ts'

type Counts = Acceptance['totals'][number]

const reasons = [
  'wrong',
  'not_in_source',
  'duplicate',
  'too_easy',
  'unclear',
  'not_relevant',
  'intended',
  'other',
] as const
const parts = ['accepted', 'rejected', 'proposed'] as const

const useColumns = (): Column<Counts>[] => {
  const text = useTexts(usageTexts)
  const format = useFormat()
  const words = useWords()
  const count = (name: 'suggestions' | 'accepted' | 'edited' | 'rejected' | 'proposed') => ({
    head: text[name === 'suggestions' ? 'allProposed' : name],
    cell: (row: Counts) => format.number(row[name]),
  })
  return [
    count('suggestions'),
    { head: text.rate, cell: ({ acceptance_rate }) => words.share(acceptance_rate) },
    count('accepted'),
    count('edited'),
    count('proposed'),
    count('rejected'),
    ...reasons.map((reason) => ({
      head: text[reason],
      cell: ({ reject_reasons }: Counts) => format.number(reject_reasons[reason]),
    })),
  ]
}

const keyOf = (row: AcceptanceRow): string => `${row.kind} ${row.prompt_version ?? row.language ?? row.flag ?? ''}`

/** What people decided about suggestions and findings of a period. */
export const AcceptanceNumbers = ({ acceptance, by }: { acceptance: Acceptance; by: AcceptanceGrouping }) => {
  const text = useTexts(usageTexts)
  const format = useFormat()
  const words = useWords()
  const columns = useColumns()
  const nameOf = useKindName()
  const { data, totals } = acceptance
  if (data.length === 0) return <Empty title={text.nothing} />
  return (
    <>
      <section className="panel">
        <h2>{text.decisions}</h2>
        <PartsChart
          groups={data.map((row) => ({
            key: keyOf(row),
            label: words.ofAcceptance(row),
            parts: parts.map(
              (name): Part => ({ name, value: row[name], written: `${text[name]}: ${format.number(row[name])}` }),
            ),
          }))}
        />
        <NumbersTable
          caption={words.ofGrouping(by)}
          names={{ head: words.ofGrouping(by), cell: words.ofAcceptance }}
          columns={columns}
          rows={data.map((row) => ({ key: keyOf(row), row }))}
        />
        <p className="hint">{text.utc}</p>
      </section>
      {totals.map((row) => (
        <section key={row.kind} className="panel">
          <h2>
            {text.total}: {nameOf(row.kind)}
          </h2>
          <Totals columns={columns} row={row} />
        </section>
      ))}
    </>
  )
}
