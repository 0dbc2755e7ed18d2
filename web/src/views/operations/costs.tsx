import type { OperatorAccountCost } from '@recto/client'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Section } from './section.tsx'
import { Table } from './table.tsx'
import { operationsTexts } from './texts.ts'
import type { Views } from './use-views.ts'

/** The name of a team; a person has none here, only an id. */
const Account = ({ kind, name, account_id }: OperatorAccountCost) => {
  const text = useTexts(operationsTexts)
  if (kind === 'deployment') return text.deployment
  return name ?? <code>{account_id}</code>
}

export const Costs = ({ query }: { query: Views['costs'] }) => {
  const text = useTexts(operationsTexts)
  const format = useFormat()
  return (
    <Section title={text.costs} none={text.noCosts} query={query}>
      {(rows) => (
        <Table
          label={text.costs}
          rows={rows}
          keyOf={({ account_id }) => account_id}
          columns={[
            { head: text.account, cell: (row) => <Account {...row} /> },
            { head: text.plan, cell: ({ plan, kind }) => (kind === 'deployment' ? '–' : (plan ?? text.firstPlan)) },
            { head: text.generations, cell: ({ generations }) => format.number(generations), isNumber: true },
            { head: text.costHead, cell: ({ cost_usd }) => format.money(cost_usd), isNumber: true },
            { head: text.reserved, cell: ({ reserved_usd }) => format.money(reserved_usd), isNumber: true },
            {
              head: text.budget,
              cell: ({ budget_usd, used_percent }) =>
                budget_usd === null
                  ? '–'
                  : `${format.money(budget_usd)} (${format.percent((used_percent ?? 0) / 100)})`,
              isNumber: true,
            },
          ]}
        />
      )}
    </Section>
  )
}
