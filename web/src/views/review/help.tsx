import { useTexts } from '../../i18n/language.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { keyTexts, reviewTexts } from './texts.ts'

const keys = [
  ['A', 'accept'],
  ['R', 'reject'],
  ['E', 'edit'],
  ['U', 'undo'],
  ['↓ ↑ J K', 'move'],
  ['?', 'help'],
] as const

/** What the keys do. */
export const Help = ({ onClose }: { onClose: () => void }) => {
  const text = useTexts(reviewTexts)
  const words = useTexts(keyTexts)
  return (
    <Dialog title={text.keys} onClose={onClose}>
      <dl className="review-keys">
        {keys.map(([names, does]) => (
          <div key={does}>
            <dt>
              {names.split(' ').map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{words[does]}</dd>
          </div>
        ))}
      </dl>
      <p className="hint">{words.note}</p>
    </Dialog>
  )
}
