import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { goTo } from '../../router/route.ts'
import type { ViewProps } from '../../router/routes.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Field } from '../../ui/field.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { chatTexts } from './texts.ts'
import { isLive, TurnItem } from './turn.tsx'
import { messageOf, useSay, useTurns } from './use-turns.ts'

/** One conversation, or the beginning of one. */
const Chat = ({ params: { id } }: ViewProps) => {
  const text = useTexts(chatTexts)
  const turns = useTurns(id)
  const [draft, setDraft] = useState('')
  const say = useSay(id, () => setDraft(''))
  const field = useRef<HTMLTextAreaElement>(null)
  const isBusy = turns.data?.some(isLive) ?? false
  // An address may have the id of any of its generations.
  const whole = turns.data?.[0]?.conversation_id
  useEffect(() => {
    if (whole) goTo(`/chat/${whole}`, { replace: true })
  }, [whole])

  const send = (event: FormEvent) => {
    event.preventDefault()
    if (draft.trim() === '') field.current?.focus()
    else if (!isBusy && !say.isPending) say.mutate(messageOf(say.error ? say.variables : undefined, draft))
  }
  return (
    <>
      <div className="list-head">
        <h1>{text.title}</h1>
        {id !== undefined && <a href="#/chat">{text.fresh}</a>}
      </div>
      <p className="hint">{text.hint}</p>
      <Loaded query={turns}>
        {(all) =>
          id !== undefined && all.length === 0 ? (
            <Empty title={text.missing} />
          ) : (
            <ol className="turns">
              {all.map((turn) => (
                <TurnItem key={turn.id} turn={turn} onStopped={() => field.current?.focus()} />
              ))}
            </ol>
          )
        }
      </Loaded>
      <form onSubmit={send}>
        <Field label={text.message}>
          {(props) => (
            <textarea {...props} ref={field} rows={3} value={draft} onChange={({ target }) => setDraft(target.value)} />
          )}
        </Field>
        {say.error && <ErrorNote error={say.error} />}
        <Button kind="primary" type="submit" busy={say.isPending} idle={isBusy}>
          {text.send}
        </Button>
      </form>
    </>
  )
}
export default Chat
