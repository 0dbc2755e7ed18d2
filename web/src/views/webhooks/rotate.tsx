import type { WebhookWithSecret } from '@recto/client'
import { type FormEvent, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { useWork } from '../../session/use-work.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { webhookTexts } from './texts.ts'
import { useWebhookCall } from './use-webhooks.ts'
import { WebhookError } from './webhook-error.tsx'

/** For how many days the secrets before may sign beside the new one. */
const overlaps = [0, 1, 2, 3, 4, 5, 6, 7]
const DAY_SECONDS = 86_400

type RotateProps = { id: string; onRotated: (secret: string) => void; onClose: () => void }

/** Asks how long the secrets before sign as well, and gives the webhook a new one. */
export const Rotate = ({ id, onRotated, onClose }: RotateProps) => {
  const text = useTexts(webhookTexts)
  const call = useWebhookCall()
  const { busy, error, run } = useWork()
  const [days, setDays] = useState(1)
  const rotate = async () => {
    const body = { overlap_seconds: days * DAY_SECONDS }
    const { secret } = await call<WebhookWithSecret>(`/${id}/rotate-secret`, { method: 'POST', body })
    onRotated(secret)
  }
  const send = (event: FormEvent) => {
    event.preventDefault()
    void run(rotate)
  }
  return (
    <Dialog title={text.rotate} onClose={onClose}>
      <form onSubmit={send}>
        <Field label={text.overlap} hint={days === 0 ? text.rotateNow : text.overlapHint}>
          {(props) => (
            <select {...props} value={days} onChange={({ target }) => setDays(Number(target.value))}>
              {overlaps.map((count) => (
                <option key={count} value={count}>
                  {count === 0 ? text.overlapNone : text.overlapDays(count)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {error !== null && <WebhookError error={error} conflict={text.manySecrets} />}
        <Button kind={days === 0 ? 'danger' : 'primary'} type="submit" busy={busy}>
          {text.rotate}
        </Button>
      </form>
    </Dialog>
  )
}
