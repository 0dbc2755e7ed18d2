import { isOldPrice } from '@recto/shared/price-age'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Badge, type Mood } from './badge.tsx'
import { runbookOf } from './runbook.ts'
import { Section } from './section.tsx'
import { Table } from './table.tsx'
import { operationsTexts } from './texts.ts'
import type { Views } from './use-views.ts'

const moods: Record<'closed' | 'open' | 'half_open', Mood> = { closed: 'good', half_open: 'warn', open: 'bad' }

export const Routes = ({ query }: { query: Views['routes'] }) => {
  const text = useTexts(operationsTexts)
  const format = useFormat()
  const help = runbookOf('route_open')
  return (
    <Section title={text.routes} none={text.noRoutes} query={query}>
      {(rows, readAt) => (
        <>
          <Table
            label={text.routes}
            rows={rows}
            keyOf={({ provider, model }) => `${provider} ${model}`}
            columns={[
              {
                head: text.route,
                cell: ({ provider, model }) => (
                  <>
                    {provider} <code>{model}</code>
                  </>
                ),
              },
              {
                head: text.breaker,
                cell: ({ state }) => <Badge mood={moods[state]}>{text[`breaker_${state}`]}</Badge>,
              },
              { head: text.reason, cell: ({ reason, state }) => state !== 'closed' && reason && <code>{reason}</code> },
              {
                head: text.until,
                cell: ({ open_until, state }) => state === 'open' && open_until && format.time(open_until),
              },
              { head: text.region, cell: ({ region }) => region },
              { head: text.keys, cell: ({ keys }) => format.number(keys), isNumber: true },
              { head: text.seen, cell: ({ seen_at }) => format.moment(seen_at) },
              {
                head: text.pricedOn,
                cell: ({ priced_on }) =>
                  priced_on !== null && (
                    <>
                      {format.utcDay(priced_on)}{' '}
                      {isOldPrice(priced_on, Date.parse(readAt)) && <Badge mood="warn">{text.isOldPrice}</Badge>}
                    </>
                  ),
              },
            ]}
          />
          {help !== null && rows.some(({ state }) => state !== 'closed') && <a href={help}>{text.help}</a>}
        </>
      )}
    </Section>
  )
}

export const Keys = ({ query }: { query: Views['keys'] }) => {
  const text = useTexts(operationsTexts)
  const format = useFormat()
  return (
    <Section title={text.keys} hint={text.keysHint} none={text.noKeys} query={query}>
      {(rows) => (
        <Table
          label={text.keys}
          rows={rows}
          keyOf={({ provider, fingerprint }) => `${provider} ${fingerprint}`}
          columns={[
            { head: text.provider, cell: ({ provider }) => provider },
            { head: text.fingerprint, cell: ({ fingerprint }) => <code>{fingerprint}</code> },
            {
              head: text.use,
              cell: ({ in_use, is_old }) => (
                <Badge mood={is_old ? 'warn' : in_use ? 'good' : 'plain'}>
                  {is_old ? text.isOld : in_use ? text.inUse : text.unused}
                </Badge>
              ),
            },
            { head: text.age, cell: ({ age_days }) => format.days(age_days), isNumber: true },
            {
              head: text.lastUsed,
              cell: ({ last_used_at }) => (last_used_at ? format.moment(last_used_at) : text.never),
            },
          ]}
        />
      )}
    </Section>
  )
}
