import { useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import type { ViewProps } from '../../router/routes.ts'
import { Copy } from '../../ui/copy.tsx'
import { Loading } from '../../ui/states.tsx'
import { Actions } from './actions.tsx'
import { Deliveries } from './deliveries.tsx'
import { Secret } from './secret.tsx'
import { StateBadge, StateNote } from './state.tsx'
import { webhookTexts } from './texts.ts'
import { useWebhook } from './use-webhooks.ts'
import { NotShown } from './webhook-error.tsx'
import { eventWords } from './webhook-form.ts'

/** One webhook: what it is, what can be done with it, and what was sent. */
const WebhookView = ({ params: { id = '' } }: ViewProps) => {
  const text = useTexts(webhookTexts)
  const format = useFormat()
  const [secret, setSecret] = useState<string | null>(null)
  const { data: webhook, error, refetch } = useWebhook(id)
  return (
    <>
      <p>
        <a href="#/webhooks">← {text.back}</a>
      </p>
      <h1>{text.one}</h1>
      {secret !== null && <Secret value={secret} onStored={() => setSecret(null)} />}
      {error !== null && <NotShown error={error} onRetry={() => void refetch()} />}
      {webhook === undefined && error === null && <Loading />}
      {webhook !== undefined && (
        <>
          <section className="panel">
            <div className="hook-head">
              <h2>{webhook.url}</h2>
              <StateBadge webhook={webhook} />
            </div>
            {webhook.description !== null && <p>{webhook.description}</p>}
            <StateNote webhook={webhook} />
            <p className="hint">
              {webhook.events.map((type) => text[eventWords[type] ?? 'one']).join(' · ')}
              <br />
              {text.secretSince(format.moment(webhook.secret_changed_at))}
            </p>
            <div className="hook-key hint">
              <span>
                {text.publicKey}: <code>{webhook.public_key}</code>
              </span>
              <Copy value={webhook.public_key} what={text.publicKey} />
            </div>
            <Actions webhook={webhook} onSecret={setSecret} />
          </section>
          <Deliveries id={id} />
        </>
      )}
    </>
  )
}
export default WebhookView
