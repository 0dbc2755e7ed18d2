import { Component, type ReactNode } from 'react'
import { useTexts } from '../i18n/language.tsx'
import { Button } from './button.tsx'
import { uiTexts } from './texts.ts'

const Broken = () => {
  const text = useTexts(uiTexts)
  return (
    <div className="note error" role="alert">
      <p className="note-what">{text.defect}</p>
      <Button kind="primary" onClick={() => location.reload()}>
        {text.reload}
      </Button>
    </div>
  )
}

/**
 * Keeps a defect in one view from taking the whole page away. A view that cannot be loaded, because the API serves a newer
 * page by now, is such a defect too. React has no function for this.
 */
export class Boundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false }
  static getDerivedStateFromError = () => ({ broken: true })
  override render = () => (this.state.broken ? <Broken /> : this.props.children)
}
