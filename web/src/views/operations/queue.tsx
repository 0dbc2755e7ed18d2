import type { OperatorGenerations } from '@recto/client'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Section } from './section.tsx'
import { isStuckKind, stuckTexts } from './stuck-texts.ts'
import { secondsBetween } from './summary.ts'
import { type Column, Table } from './table.tsx'
import { operationsTexts } from './texts.ts'
import type { Views } from './use-views.ts'

export const Stuck = ({ query }: { query: Views['stuck'] }) => {
  const text = useTexts(operationsTexts)
  const kinds = useTexts(stuckTexts)
  const format = useFormat()
  return (
    <Section title={text.stuck} hint={text.stuckHint} none={text.noneStuck} query={query}>
      {(rows, readAt) => (
        <Table
          label={text.stuck}
          rows={rows}
          keyOf={({ what, id }) => `${what} ${id}`}
          columns={[
            { head: text.what, cell: ({ what }) => (isStuckKind(what) ? kinds[what] : <span lang="en">{what}</span>) },
            { head: text.since, cell: ({ since }) => since && format.duration(secondsBetween(since, readAt)) },
            { head: text.detail, cell: ({ detail }) => <span lang="en">{detail}</span> },
            { head: text.id, cell: ({ id }) => <code>{id}</code> },
            { head: text.account, cell: ({ account_id }) => account_id && <code>{account_id}</code> },
          ]}
        />
      )}
    </Section>
  )
}

export const Generations = ({ query }: { query: Views['generations'] }) => {
  const text = useTexts(operationsTexts)
  const format = useFormat()
  const count = (head: string, of: (row: OperatorGenerations) => number): Column<OperatorGenerations> => ({
    head,
    cell: (row) => format.number(of(row)),
    isNumber: true,
  })
  return (
    <Section title={text.generations} hint={text.generationsHint} none="" query={query}>
      {(rows, readAt) => (
        <Table
          label={text.generations}
          rows={rows}
          keyOf={({ state }) => state}
          columns={[
            { head: text.state, cell: ({ state }) => text[`state_${state}`] },
            count(text.count, (row) => row.count),
            count(text.under1, (row) => row.under_1_minute),
            count(text.under10, (row) => row.under_10_minutes),
            count(text.under60, (row) => row.under_1_hour),
            count(text.over60, (row) => row.over_1_hour),
            {
              head: text.oldestHead,
              cell: ({ oldest_at }) => oldest_at && format.duration(secondsBetween(oldest_at, readAt)),
              isNumber: true,
            },
          ]}
        />
      )}
    </Section>
  )
}

export const Queue = ({ query }: { query: Views['queue'] }) => {
  const text = useTexts(operationsTexts)
  const format = useFormat()
  return (
    <Section title={text.bands} hint={text.bandsHint} none={text.noBands} query={query}>
      {(rows, readAt) => {
        const ago = (time: string | null) => time && format.duration(secondsBetween(time, readAt))
        return (
          <Table
            label={text.bands}
            rows={rows}
            keyOf={({ band }) => String(band)}
            columns={[
              { head: text.band, cell: ({ band }) => band },
              { head: text.depth, cell: ({ depth }) => format.number(depth), isNumber: true },
              { head: text.oldestHead, cell: ({ waiting_since }) => ago(waiting_since), isNumber: true },
              { head: text.run, cell: ({ run_seconds }) => `${format.number(run_seconds)} s`, isNumber: true },
              { head: text.measured, cell: ({ measured_at }) => ago(measured_at) ?? text.never, isNumber: true },
            ]}
          />
        )
      }}
    </Section>
  )
}
