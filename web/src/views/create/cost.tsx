import type { Estimate, NewGeneration } from '@recto/client'
import { useQuery } from '@tanstack/react-query'
import { problemTexts } from '../../errors/problem-texts.ts'
import { useFormat, useLanguage, useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Loaded } from '../../ui/states.tsx'
import { createTexts } from './texts.ts'
import { useSettled } from './use-settled.ts'

/** A person may ask 60 times a minute, so the page asks when the person has stopped writing for this long. */
const SETTLED_MS = 800

/** A dry run with a text that the API would not take, or that changes while it is under way, tells nothing. */
const ESTIMATE_MS = 10_000

const useEstimate = (body: NewGeneration | null) => {
  const { recto } = usePerson()
  const settled = useSettled(body === null ? null : JSON.stringify(body), SETTLED_MS)
  return useQuery({
    queryKey: ['estimate', settled],
    queryFn: async ({ signal }) => {
      const request = { method: 'POST', body: JSON.parse(settled ?? ''), signal, timeoutMs: ESTIMATE_MS } as const
      return (await recto.request<{ data: Estimate }>('ai/generations?dry_run=true', request)).data
    },
    enabled: settled !== null,
    placeholderData: (previous) => previous,
  })
}

const Outcome = ({ wouldBe }: { wouldBe: string }) => {
  const text = useTexts(createTexts)
  const { language } = useLanguage()
  if (wouldBe === 'accepted' || wouldBe === 'waiting') return <p className="hint">{text[wouldBe]}</p>
  const isKnown = (code: string): code is keyof typeof problemTexts => Object.hasOwn(problemTexts, code)
  return (
    <div className="note warn">
      <p className="note-what">{text.denied}</p>
      {isKnown(wouldBe) && <p>{problemTexts[wouldBe][language === 'en' ? 0 : 1]}</p>}
    </div>
  )
}

/** What the generation would cost, before the person asks for it. `body` is null while the text cannot be sent. */
export const Cost = ({ body }: { body: NewGeneration | null }) => {
  const text = useTexts(createTexts)
  const format = useFormat()
  const estimate = useEstimate(body)
  return (
    <section className="panel">
      <h2>{text.cost}</h2>
      {body === null ? (
        <p className="hint">{text.costLater}</p>
      ) : (
        <Loaded query={estimate}>
          {({ expected_cost_usd, max_cost_usd, would_be, models }) => (
            <>
              <p className="cost">{text.expected(format.money(expected_cost_usd))}</p>
              <p className="hint">
                {text.most(format.money(max_cost_usd))} {models.join(', ')}
              </p>
              <Outcome wouldBe={would_be} />
            </>
          )}
        </Loaded>
      )}
    </section>
  )
}
