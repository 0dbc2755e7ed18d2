import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Loaded } from '../../ui/states.tsx'
import { budgetTexts } from './budget-texts.ts'
import { useAlerts } from './use-usage.ts'

/** The last alerts of the account's budget, and where else they can go. */
export const Alerts = () => {
  const text = useTexts(budgetTexts)
  const format = useFormat()
  return (
    <>
      <h3>{text.alerts}</h3>
      <Loaded query={useAlerts()}>
        {(alerts) =>
          alerts.length === 0 ? (
            <p>{text.noAlerts}</p>
          ) : (
            <ul className="alerts">
              {alerts.map(({ month, reason, threshold, budget_usd, created_at }) => (
                <li key={`${month} ${reason} ${threshold}`}>
                  {reason === 'spent'
                    ? text.reached(format.percent(threshold / 100), format.money(budget_usd))
                    : text[reason]}{' '}
                  <time className="hint" dateTime={created_at}>
                    {format.moment(created_at)}
                  </time>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <p className="hint">
        {text.howAlerts} <a href="#/webhooks">{text.webhooks}</a>
      </p>
    </>
  )
}
