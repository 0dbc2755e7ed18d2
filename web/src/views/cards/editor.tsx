import { useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Loading } from '../../ui/states.tsx'
import { draftOf } from './card-draft.ts'
import { CardForm } from './card-form.tsx'
import { cardsTexts } from './texts.ts'
import { useEditor } from './use-editor.ts'
import { Changed, Version } from './version.tsx'

type EditorProps = { id: string; onClose: () => void }

/** A dialog in which a card is written or changed. It never overwrites what another tab has stored without asking. */
export const Editor = ({ id, onClose }: EditorProps) => {
  const text = useTexts(cardsTexts)
  const editor = useEditor(id, onClose)
  const { draft, card, isNew, isDeleted, theirs, hasChanges } = editor
  const save = isNew ? text.addNow : isDeleted ? text.addAgain : theirs ? text.keepMine : text.save
  return (
    <Dialog title={isNew ? text.add : text.editTitle} onClose={onClose}>
      {editor.loadError !== null && <ErrorNote error={editor.loadError} onRetry={editor.reload} />}
      {draft === null && editor.loadError === null && <Loading />}
      {theirs !== null && <Changed />}
      {draft !== null && (
        <div className={theirs === null ? '' : 'versions'}>
          {theirs !== null && <Version title={text.theirs} draft={draftOf(theirs)} />}
          <CardForm
            title={theirs === null ? null : text.mine}
            draft={draft}
            isFixed={editor.isSaving}
            onType={editor.type}
            onSave={() => (hasChanges || isNew ? editor.save() : onClose())}
          >
            {card?.source_quote != null && (
              <figure className="quoted">
                <figcaption>{text.quote}</figcaption>
                <blockquote dir="auto">{card.source_quote}</blockquote>
              </figure>
            )}
            {editor.wasKept && theirs === null && !isDeleted && <p className="hint">{text.kept}</p>}
            {isDeleted && (
              <p className="note warn" role="alert">
                {text.deleted}
              </p>
            )}
            {editor.error !== null && <ErrorNote error={editor.error} />}
            {editor.isPerhapsAdded && <p className="note warn">{text.perhapsAdded}</p>}
            <div className="row">
              <Button kind="primary" type="submit" busy={editor.isSaving}>
                {save}
              </Button>
              {hasChanges && (
                <Button onClick={editor.discard}>{theirs === null ? text.discard : text.keepTheirs}</Button>
              )}
            </div>
          </CardForm>
        </div>
      )}
    </Dialog>
  )
}
