import type { Limit } from '@recto/client'
import { useQuery } from '@tanstack/react-query'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Loaded } from '../../ui/states.tsx'
import { createTexts } from './texts.ts'

/** The limits that concern a submission, in this order, and what each counts. */
const counts = {
  generations: 'generations',
  sustained: 'generations',
  day: 'generations',
  month: 'generations',
  tokens: 'tokens',
  concurrent: 'concurrent',
  budget: 'budget',
} as const
type Name = keyof typeof counts
const shown = Object.keys(counts) as Name[]

export const useLimits = () => {
  const { recto } = usePerson()
  return useQuery({
    queryKey: ['limits'],
    queryFn: ({ signal }) => recto.request<{ plan: string; data: Limit[] }>('ai/limits', { signal }),
  })
}

const Row = ({ name, limit }: { name: Name; limit: Limit }) => {
  const text = useTexts(createTexts)
  const format = useFormat()
  const amount = (value: Limit['limit'] | null): string =>
    name === 'budget' ? format.money(String(value)) : format.number(Number(value))
  const what = text[counts[name]]
  // A window begins with what it counts first, so that it is no day and no month of the calendar.
  const isWindow = limit.window_seconds !== null && name !== 'budget'
  const isUsedUp = limit.remaining !== null && Number(limit.remaining) <= 0
  return (
    <div className={isUsedUp ? 'limit used-up' : 'limit'}>
      <dt>{isWindow ? text.within(what, format.duration(limit.window_seconds ?? 0)) : what}</dt>
      <dd>
        {text.left(amount(limit.remaining), amount(limit.limit))}
        {isUsedUp && limit.resets_at !== null && `, ${text.next(format.soon(new Date(limit.resets_at)))}`}
      </dd>
    </div>
  )
}

/** What is left of the limits of the account. */
export const Limits = () => {
  const text = useTexts(createTexts)
  return (
    <section className="panel">
      <h2>{text.limits}</h2>
      <Loaded query={useLimits()}>
        {({ data }) => {
          const found = shown.flatMap((name) =>
            data.filter((limit) => limit.name === name).map((limit) => ({ name, limit })),
          )
          return found.length === 0 ? (
            <p>{text.unlimited}</p>
          ) : (
            <dl className="limits">
              {found.map(({ name, limit }) => (
                <Row key={name} name={name} limit={limit} />
              ))}
            </dl>
          )
        }}
      </Loaded>
    </section>
  )
}
