import { type FormEvent, useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { useWork } from '../../session/use-work.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { webhookTexts } from './texts.ts'
import { localTime, type Range, rangeProblem, replayOf } from './times.ts'
import { useWebhookCall } from './use-webhooks.ts'
import { WebhookError } from './webhook-error.tsx'

const DAY_MS = 86_400_000

/** Sends the events of a time again. It begins with the failed ones of the last day. */
export const Replay = ({ id, onClose }: { id: string; onClose: () => void }) => {
  const text = useTexts(webhookTexts)
  const format = useFormat()
  const toast = useToast()
  const call = useWebhookCall()
  const { busy, error, run } = useWork()
  const [range, setRange] = useState<Range>(() => ({
    since: localTime(new Date(Date.now() - DAY_MS)),
    until: '',
    status: 'failed',
  }))
  const problem = rangeProblem(range)
  const change = (changes: Partial<Range>) => setRange({ ...range, ...changes })
  const replay = async () => {
    const { replayed } = await call<{ replayed: number }>(`/${id}/replay`, { method: 'POST', body: replayOf(range) })
    toast({ text: text.replayedMany(format.number(replayed)) })
    onClose()
  }
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (problem === null) void run(replay)
  }
  return (
    <Dialog title={text.replayMany} onClose={onClose}>
      <p>{text.replayHint}</p>
      <form onSubmit={send} noValidate>
        <Field label={text.since} error={problem === 'noSince' ? text.noSince : null}>
          {(props) => (
            <input
              {...props}
              type="datetime-local"
              value={range.since}
              onChange={({ target }) => change({ since: target.value })}
            />
          )}
        </Field>
        <Field label={text.until} hint={text.untilHint} error={problem === 'badUntil' ? text.badUntil : null}>
          {(props) => (
            <input
              {...props}
              type="datetime-local"
              value={range.until}
              onChange={({ target }) => change({ until: target.value })}
            />
          )}
        </Field>
        <Field label={text.which}>
          {(props) => (
            <select
              {...props}
              value={range.status}
              onChange={({ target }) => change({ status: target.value as Range['status'] })}
            >
              <option value="failed">{text.failedOnly}</option>
              <option value="succeeded">{text.succeededOnly}</option>
            </select>
          )}
        </Field>
        {error !== null && <WebhookError error={error} conflict={text.enableFirst} />}
        <Button kind="primary" type="submit" busy={busy}>
          {text.replayMany}
        </Button>
      </form>
    </Dialog>
  )
}
