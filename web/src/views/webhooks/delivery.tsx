import type { WebhookAttempt, WebhookDelivery } from '@recto/client'
import { useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { useWork } from '../../session/use-work.ts'
import { Button } from '../../ui/button.tsx'
import { Loaded } from '../../ui/states.tsx'
import { useToast } from '../../ui/toast.tsx'
import { classTexts } from './class-texts.ts'
import { webhookTexts } from './texts.ts'
import { useDelivery, useWebhookCall } from './use-webhooks.ts'
import { WebhookError } from './webhook-error.tsx'
import { eventWords } from './webhook-form.ts'

const statusWords = { pending: 'pending', succeeded: 'succeededOnly', failed: 'failedOnly' } as const
const statusLooks = { pending: '', succeeded: 'good', failed: 'bad' } as const

const Attempt = ({ attempt }: { attempt: WebhookAttempt }) => {
  const text = useTexts(webhookTexts)
  const classes = useTexts(classTexts)
  const format = useFormat()
  const { number, started_at, http_status, latency_ms, excerpt, message } = attempt
  const isKnown = (name: string): name is keyof typeof classes => Object.hasOwn(classes, name)
  return (
    <li>
      <strong>{text.attempt(number)}</strong> · {format.second(started_at)} ·{' '}
      {http_status === null ? text.noStatus : <code>{http_status}</code>} · {text.took(format.number(latency_ms))}
      {attempt.class !== null && <div>{isKnown(attempt.class) ? classes[attempt.class] : attempt.class}</div>}
      {message !== null && (
        <div className="hint" lang="en">
          {message}
        </div>
      )}
      {excerpt !== null && (
        <div>
          <span className="hint">{text.answer}:</span> <code>{excerpt}</code>
        </div>
      )}
    </li>
  )
}

type DeliveryProps = { id: string; delivery: WebhookDelivery }

const Details = ({ id, delivery }: DeliveryProps) => {
  const text = useTexts(webhookTexts)
  const toast = useToast()
  const call = useWebhookCall()
  const { busy, error, run } = useWork()
  const replay = async () => {
    await call(`/${id}/deliveries/${delivery.id}/replay`, { method: 'POST' })
    toast({ text: text.replayed })
  }
  return (
    <>
      <Loaded query={useDelivery(id, delivery.id)}>
        {({ attempts }) =>
          attempts.length === 0 ? (
            <p className="hint">{text.noAttempts}</p>
          ) : (
            <ol className="attempts">
              {attempts.map((attempt) => (
                <Attempt key={attempt.number} attempt={attempt} />
              ))}
            </ol>
          )
        }
      </Loaded>
      <h3>{text.data}</h3>
      <pre className="event-data">{JSON.stringify(delivery.data, null, 2)}</pre>
      <p className="hint">
        webhook-id: <code>{delivery.event_id}</code>
      </p>
      {error !== null && <WebhookError error={error} conflict={text.enableFirst} />}
      {delivery.status !== 'pending' && (
        <Button busy={busy} onClick={() => void run(replay)}>
          {text.replay}
        </Button>
      )}
    </>
  )
}

/** An event that was sent, or is to be, with its attempts as soon as it is opened. */
export const Delivery = ({ id, delivery }: DeliveryProps) => {
  const text = useTexts(webhookTexts)
  const format = useFormat()
  const [isOpen, setIsOpen] = useState(false)
  const { status, type, next_attempt_at: next } = delivery
  return (
    <li>
      <details className="delivery" onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
        <summary>
          <span className={`hook-state ${statusLooks[status]}`}>{text[statusWords[status]]}</span>
          <span className="delivery-type">{eventWords[type] ? text[eventWords[type]] : type}</span>
          <span className="hint">
            {format.second(delivery.created_at)} · {text.attempts(delivery.attempt_count)}
            {status === 'pending' && ` · ${next === null ? text.underWay : text.nextAt(format.second(next))}`}
          </span>
        </summary>
        {isOpen && (
          <div className="delivery-details">
            <Details id={id} delivery={delivery} />
          </div>
        )}
      </details>
    </li>
  )
}
