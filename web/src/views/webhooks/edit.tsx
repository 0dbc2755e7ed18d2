import { isRectoError, type Webhook } from '@recto/client'
import { type FormEvent, useId, useState } from 'react'
import type { Language } from '../../i18n/define-texts.ts'
import { useLanguage, useTexts } from '../../i18n/language.tsx'
import { useWork } from '../../session/use-work.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Field } from '../../ui/field.tsx'
import { webhookTexts } from './texts.ts'
import { urlWords } from './url-words.ts'
import { bodyOf, type Draft, draftOf, eventTypes, eventWords, problemsOf } from './webhook-form.ts'

/** What the API said of the URL. */
const urlError = (error: unknown, language: Language): string | null => {
  const problem = isRectoError(error) && 'problem' in error ? error.problem : null
  const said = problem?.errors?.find(({ path }) => path === 'url')
  return said === undefined ? null : urlWords(said.message, language)
}

type EventsProps = { chosen: Draft['events']; error: string | null; onChange: (events: Draft['events']) => void }

const Events = ({ chosen, error, onChange }: EventsProps) => {
  const text = useTexts(webhookTexts)
  const id = useId()
  return (
    <fieldset className="hook-events" aria-describedby={error ? id : undefined}>
      <legend>{text.events}</legend>
      {eventTypes.map((type) => (
        <label key={type} className="choice">
          <input
            type="checkbox"
            checked={chosen.includes(type)}
            onChange={({ target: { checked } }) =>
              onChange(eventTypes.filter((one) => (one === type ? checked : chosen.includes(one))))
            }
          />
          <span>
            {text[eventWords[type] ?? 'one']} <code>{type}</code>
          </span>
        </label>
      ))}
      {error && (
        <div className="field-error" id={id}>
          {error}
        </div>
      )}
    </fieldset>
  )
}

type EditProps = {
  /** Null for a new one. */
  webhook: Webhook | null
  work: (body: ReturnType<typeof bodyOf>) => Promise<void>
  onClose: () => void
}

/** Asks for URL, events and description. */
export const Edit = ({ webhook, work, onClose }: EditProps) => {
  const text = useTexts(webhookTexts)
  const { language } = useLanguage()
  const { busy, error, run } = useWork()
  const [draft, setDraft] = useState(() => draftOf(webhook))
  const [isAsked, setIsAsked] = useState(false)
  const problems = isAsked ? problemsOf(draft) : {}
  const change = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes })
  const send = (event: FormEvent) => {
    event.preventDefault()
    setIsAsked(true)
    if (Object.keys(problemsOf(draft)).length === 0) void run(() => work(bodyOf(draft)))
  }
  return (
    <Dialog title={webhook === null ? text.add : text.change} onClose={onClose}>
      <form onSubmit={send} noValidate>
        <Field
          label={text.url}
          hint={text.urlHint}
          error={problems.url ? text[problems.url] : urlError(error, language)}
        >
          {(props) => (
            <input {...props} type="url" value={draft.url} onChange={({ target }) => change({ url: target.value })} />
          )}
        </Field>
        <Events
          chosen={draft.events}
          error={problems.events ? text[problems.events] : null}
          onChange={(events) => change({ events })}
        />
        <Field label={text.description} error={problems.description ? text[problems.description] : null}>
          {(props) => (
            <input
              {...props}
              value={draft.description}
              onChange={({ target }) => change({ description: target.value })}
            />
          )}
        </Field>
        {error !== null && <ErrorNote error={error} />}
        <Button kind="primary" type="submit" busy={busy}>
          {webhook === null ? text.add : text.save}
        </Button>
      </form>
    </Dialog>
  )
}
