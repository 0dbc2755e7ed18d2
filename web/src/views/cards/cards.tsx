import { useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import type { ViewProps } from '../../router/routes.ts'
import { Button } from '../../ui/button.tsx'
import { changeQuery, withQuery } from './address.ts'
import { Editor } from './editor.tsx'
import { Export } from './export.tsx'
import { Filter } from './filter.tsx'
import { Import } from './import.tsx'
import { List } from './list.tsx'
import { cardsTexts } from './texts.ts'
import { newCard } from './use-editor.ts'
import { useFileDrop } from './use-file-drop.ts'

/**
 * The person's cards. The address says what is searched and which dialog is open: `open` is `new`, `import`, `export` or
 * the id of a card. With `generation_id` the cards of a generation are exported.
 */
const Cards = ({ query }: ViewProps) => {
  const text = useTexts(cardsTexts)
  const [search, tag] = [query.get('search') ?? '', query.get('tag') ?? '']
  const generation = query.get('generation_id')
  const open = query.get('open') ?? (generation === null ? null : 'export')
  const [file, setFile] = useState<File | null>(null)
  const { isOver, dropProps } = useFileDrop(([dropped = null]) => {
    setFile(dropped)
    changeQuery({ open: 'import' })
  })
  const close = () => {
    setFile(null)
    changeQuery({ open: '', generation_id: '' })
  }
  return (
    <div className={isOver ? 'drop over' : 'drop'} {...dropProps}>
      <div className="row cards-head">
        <h1>{text.title}</h1>
        <Button kind="primary" onClick={() => changeQuery({ open: newCard })}>
          {text.add}
        </Button>
        <Button onClick={() => changeQuery({ open: 'import' })}>{text.import}</Button>
        <Button onClick={() => changeQuery({ open: 'export' })}>{text.export}</Button>
      </div>
      <Filter query={query} />
      {tag !== '' && (
        <p>
          <a href={`#${withQuery('#/learn', { tag })}`}>{text.learn(tag)}</a>
        </p>
      )}
      <List search={search} tag={tag} />
      {open === 'export' && <Export tag={tag} search={search} generation={generation} onClose={close} />}
      {open === 'import' && <Import file={file} onFile={setFile} onClose={close} />}
      {open !== null && !['import', 'export'].includes(open) && <Editor key={open} id={open} onClose={close} />}
    </div>
  )
}
export default Cards
