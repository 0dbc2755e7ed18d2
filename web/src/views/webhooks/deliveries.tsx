import type { WebhookDelivery } from '@recto/client'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Pages, usePages } from '../../ui/pages.tsx'
import { Empty } from '../../ui/states.tsx'
import { Delivery } from './delivery.tsx'
import { Replay } from './replay.tsx'
import { webhookTexts } from './texts.ts'
import { isMoving } from './times.ts'
import { deliveriesPath } from './use-webhooks.ts'

/** How often the page asks for the outcome of a request that is under way, in milliseconds. */
const ASK_MS = 2_000

/** What was sent to a webhook, newest first. */
export const Deliveries = ({ id }: { id: string }) => {
  const text = useTexts(webhookTexts)
  const queries = useQueryClient()
  const [status, setStatus] = useState('')
  const [isReplaying, setIsReplaying] = useState(false)
  const query = usePages<WebhookDelivery>(['webhooks', id, 'deliveries', status], deliveriesPath(id, status))
  const refresh = () => queries.invalidateQueries({ queryKey: ['webhooks', id] })
  const shown = query.data?.pages.flatMap((page) => page.data) ?? []
  const waits = isMoving(shown, Date.now())
  const readAt = query.dataUpdatedAt
  useEffect(() => {
    if (!waits) return
    const timer = setTimeout(() => void queries.invalidateQueries({ queryKey: ['webhooks', id] }), ASK_MS)
    return () => clearTimeout(timer)
    // Each answer begins the wait for the next one.
  }, [waits, readAt, queries, id])
  const outcomes = shown.map((one) => `${one.id} ${one.status} ${one.attempt_count}`).join()
  useEffect(() => {
    if (outcomes === '') return
    // The webhook and the attempts may have been read just before an outcome that the list has.
    void queries.invalidateQueries({ queryKey: ['webhooks', id], exact: true })
    void queries.invalidateQueries({ queryKey: ['webhooks', id, 'delivery'] })
  }, [outcomes, queries, id])
  return (
    <section className="panel">
      <div className="hook-head">
        <h2>{text.deliveries}</h2>
        <div className="row">
          <select aria-label={text.filter} value={status} onChange={({ target }) => setStatus(target.value)}>
            <option value="">{text.all}</option>
            <option value="pending">{text.pending}</option>
            <option value="succeeded">{text.succeededOnly}</option>
            <option value="failed">{text.failedOnly}</option>
          </select>
          <Button busy={query.isRefetching} onClick={() => void refresh()}>
            {text.refresh}
          </Button>
          <Button onClick={() => setIsReplaying(true)}>{text.replayMany}</Button>
        </div>
      </div>
      <Pages query={query}>
        {(deliveries) =>
          deliveries.length === 0 ? (
            <Empty title={text.noDeliveries} />
          ) : (
            <ul className="deliveries">
              {deliveries.map((delivery) => (
                <Delivery key={delivery.id} id={id} delivery={delivery} />
              ))}
            </ul>
          )
        }
      </Pages>
      {isReplaying && <Replay id={id} onClose={() => setIsReplaying(false)} />}
    </section>
  )
}
