import type { Webhook, WebhookWithSecret } from '@recto/client'
import { useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Empty, Loading } from '../../ui/states.tsx'
import { useToast } from '../../ui/toast.tsx'
import { Edit } from './edit.tsx'
import { Secret } from './secret.tsx'
import { StateBadge, StateNote } from './state.tsx'
import { webhookTexts } from './texts.ts'
import { useWebhookCall, useWebhooks } from './use-webhooks.ts'
import { NotShown } from './webhook-error.tsx'
import { eventWords } from './webhook-form.ts'

const Row = ({ webhook }: { webhook: Webhook }) => {
  const text = useTexts(webhookTexts)
  const words = webhook.events.map((type) => text[eventWords[type] ?? 'one'])
  return (
    <li className="panel">
      <div className="hook-head">
        <h2>
          <a href={`#/webhooks/${webhook.id}`}>{webhook.url}</a>
        </h2>
        <StateBadge webhook={webhook} />
      </div>
      {webhook.description !== null && <p>{webhook.description}</p>}
      <p className="hint">{words.join(' · ')}</p>
      <StateNote webhook={webhook} />
    </li>
  )
}

/** The webhooks of the account. */
const Webhooks = () => {
  const text = useTexts(webhookTexts)
  const toast = useToast()
  const call = useWebhookCall()
  const { data, error, refetch } = useWebhooks()
  const [isAdding, setIsAdding] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const add = async (body: object) => {
    const added = await call<WebhookWithSecret>('', { method: 'POST', body })
    setIsAdding(false)
    setSecret(added.secret)
    toast({ text: text.added })
  }
  return (
    <>
      <h1>{text.title}</h1>
      <p className="lead">{text.lead}</p>
      {secret !== null && <Secret value={secret} onStored={() => setSecret(null)} />}
      {error !== null && <NotShown error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && (
        <>
          {data.data.length === 0 ? (
            <Empty title={text.none} />
          ) : (
            <ul className="hooks">
              {data.data.map((webhook) => (
                <Row key={webhook.id} webhook={webhook} />
              ))}
            </ul>
          )}
          <p>
            <Button kind="primary" onClick={() => setIsAdding(true)}>
              {text.add}
            </Button>
          </p>
        </>
      )}
      {isAdding && <Edit webhook={null} work={add} onClose={() => setIsAdding(false)} />}
    </>
  )
}
export default Webhooks
