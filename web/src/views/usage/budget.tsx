import type { Limit, UsageForecast } from '@recto/client'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { usePerson } from '../../session/person.tsx'
import { Loaded } from '../../ui/states.tsx'
import { useLimits } from '../create/limits.tsx'
import { Alerts } from './alerts.tsx'
import { budgetTexts } from './budget-texts.ts'
import { periodOf } from './period.ts'
import { budgetShares } from './scale.ts'
import { useUsage } from './use-usage.ts'

/** The numbers of the limit `budget` in USD. What open calls reserve is neither used nor left. */
const sumsOf = ({ limit, used, remaining }: Limit) => {
  const [budget, spent, left] = [Number(limit), Number(used), Number(remaining)]
  return { budget, spent, left, reserved: Math.max(0, budget - spent - left) }
}

const Fact = ({ name, value }: { name: string; value: string }) => (
  <div className="limit">
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
)

const Sums = ({ limit }: { limit: Limit }) => {
  const text = useTexts(budgetTexts)
  const format = useFormat()
  const { budget, spent, left, reserved } = sumsOf(limit)
  const shares = budgetShares(budget, spent, reserved)
  const money = (usd: number) => format.money(String(usd))
  return (
    <>
      <p className="cost">{text.ofBudget(money(spent), money(budget))}</p>
      <svg className="budget-bar" aria-hidden="true" viewBox="0 0 1 1" preserveAspectRatio="none">
        <rect className="budget-spent" width={shares.spent} height={1} />
        <rect className="budget-reserved" x={shares.spent} width={shares.reserved} height={1} />
      </svg>
      <dl className="limits">
        <Fact name={text.spent} value={money(spent)} />
        <Fact name={text.reserved} value={money(reserved)} />
        <Fact name={text.left} value={money(left)} />
        {limit.resets_at !== null && <Fact name={text.renews} value={format.moment(limit.resets_at)} />}
      </dl>
    </>
  )
}

const Forecast = ({ forecast, limit }: { forecast: UsageForecast; limit: Limit | undefined }) => {
  const text = useTexts(budgetTexts)
  const format = useFormat()
  return (
    <>
      <dl className="limits">
        {limit === undefined && <Fact name={text.spent} value={format.money(forecast.spent_usd)} />}
        <Fact name={text.forecast} value={format.money(forecast.cost_usd)} />
      </dl>
      <p className="hint">{text.method}</p>
      {limit !== undefined && Number(forecast.cost_usd) > Number(limit.limit) && (
        <p className="note warn">{text.tooMuch}</p>
      )}
    </>
  )
}

/** The budget of the account in this month: what is spent, reserved and left, what to expect, and what was told. */
export const Budget = () => {
  const text = useTexts(budgetTexts)
  const { id, accountId } = usePerson()
  const limits = useLimits()
  const month = useUsage(periodOf('month', Date.now()), 'day')
  const limit = limits.data?.data.find(({ name }) => name === 'budget')
  return (
    <section className="panel">
      <h2>{text.title}</h2>
      <Loaded query={limits}>
        {({ plan }) => (
          <>
            <p className="hint">{text.plan(plan)}</p>
            {limit === undefined ? <p>{text.noBudget}</p> : <Sums limit={limit} />}
          </>
        )}
      </Loaded>
      <Loaded query={month}>
        {(answer) => answer.by === 'day' && <Forecast forecast={answer.usage.forecast} limit={limit} />}
      </Loaded>
      <p className="hint">{accountId === id ? text.who : text.whoTeam}</p>
      <Alerts />
    </section>
  )
}
