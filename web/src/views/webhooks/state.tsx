import type { Webhook } from '@recto/client'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { webhookTexts } from './texts.ts'

const reasons = { person: 'byPerson', gone: 'byGone', failing: 'byFailing' } as const

export const StateBadge = ({ webhook: { enabled } }: { webhook: Webhook }) => {
  const text = useTexts(webhookTexts)
  return (
    <span className={enabled ? 'hook-state good' : 'hook-state bad'}>{enabled ? text.enabled : text.disabled}</span>
  )
}

/** Why and since when a webhook is disabled, or that it is failing. */
export const StateNote = ({ webhook }: { webhook: Webhook }) => {
  const text = useTexts(webhookTexts)
  const format = useFormat()
  const { enabled, disabled_at, disabled_reason, failing_since } = webhook
  if (!enabled)
    return (
      <div className="note error">
        <p className="note-what">
          {text[reasons[disabled_reason ?? 'person']](format.moment(disabled_at ?? webhook.updated_at))}
        </p>
        <p>{text.afterEnabling}</p>
      </div>
    )
  if (failing_since === null) return null
  return <p className="note warn">{text.failing(format.moment(failing_since))}</p>
}
