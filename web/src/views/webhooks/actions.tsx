import type { Webhook } from '@recto/client'
import { useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { goTo } from '../../router/route.ts'
import { useWork } from '../../session/use-work.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { useToast } from '../../ui/toast.tsx'
import { Edit } from './edit.tsx'
import { Rotate } from './rotate.tsx'
import { webhookTexts } from './texts.ts'
import { useWebhookCall } from './use-webhooks.ts'
import { WebhookError } from './webhook-error.tsx'

type ActionsProps = { webhook: Webhook; onSecret: (secret: string) => void }

/** What can be done with a webhook. What ends something asks first. */
export const Actions = ({ webhook: { id, enabled, ...rest }, onSecret }: ActionsProps) => {
  const text = useTexts(webhookTexts)
  const toast = useToast()
  const call = useWebhookCall()
  const { busy, error, run } = useWork()
  const [asks, setAsks] = useState<'change' | 'rotate' | 'disable' | 'remove' | null>(null)
  const close = () => setAsks(null)
  const change = async (body: object, done: string) => {
    await call(`/${id}`, { method: 'PATCH', body })
    toast({ text: done })
    close()
  }
  const test = async () => {
    await call(`/${id}/test`, { method: 'POST' })
    toast({ text: text.tested })
  }
  const remove = async () => {
    await call(`/${id}`, { method: 'DELETE' })
    toast({ text: text.removed })
    goTo('/webhooks')
  }
  return (
    <>
      <div className="row">
        {enabled ? (
          <Button kind="primary" busy={busy} onClick={() => void run(test)}>
            {text.test}
          </Button>
        ) : (
          <Button kind="primary" busy={busy} onClick={() => void run(() => change({ enabled: true }, text.isEnabled))}>
            {text.enable}
          </Button>
        )}
        <Button onClick={() => setAsks('change')}>{text.change}</Button>
        <Button onClick={() => setAsks('rotate')}>{text.rotate}</Button>
        {enabled && <Button onClick={() => setAsks('disable')}>{text.disable}</Button>}
        <Button onClick={() => setAsks('remove')}>{text.remove}</Button>
      </div>
      {error !== null && <WebhookError error={error} conflict={text.enableFirst} />}
      {asks === 'change' && (
        <Edit webhook={{ id, enabled, ...rest }} work={(body) => change(body, text.saved)} onClose={close} />
      )}
      {asks === 'rotate' && (
        <Rotate
          id={id}
          onClose={close}
          onRotated={(secret) => {
            close()
            onSecret(secret)
            toast({ text: text.rotated })
          }}
        />
      )}
      {asks === 'disable' && (
        <Confirm
          title={text.disable}
          action={text.disable}
          work={() => change({ enabled: false }, text.isDisabled)}
          onClose={close}
        >
          <p>{text.disableAsk}</p>
        </Confirm>
      )}
      {asks === 'remove' && (
        <Confirm title={text.remove} action={text.remove} work={remove} onClose={close}>
          <p>{text.removeAsk}</p>
        </Confirm>
      )}
    </>
  )
}
