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

type Does = (typeof keys)[number][1]

/** What the keys do. `without`: what is not offered. */
export const Help = ({ without = [], onClose }: { without?: readonly Does[]; onClose: () => void }) => {
  const text = useTexts(reviewTexts)
  const words = useTexts(keyTexts)
  return (
    <Dialog title={text.keys} onClose={onClose}>
      <dl className="review-keys">
        {keys
          .filter(([, does]) => !without.includes(does))
          .map(([names, does]) => (
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
