import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useLanguage, useTexts } from '../i18n/language.tsx'
import { shellTexts } from './texts.ts'
import { useRoutes } from './use-routes.ts'

/** The views. A narrow window has them behind a button, a wide one as a row; which one is decided by the stylesheet. */
export const Navigation = ({ path }: { path: string }) => {
  const { language } = useLanguage()
  const text = useTexts(shellTexts)
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = () => setOpen(false)
  useEffect(close, [path])
  const closeByKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isOpen) return
    close()
    button.current?.focus()
  }
  return (
    <nav aria-label={text.navigation} onKeyDown={closeByKey}>
      <button
        ref={button}
        type="button"
        className="button menu"
        aria-expanded={isOpen}
        aria-controls="views"
        onClick={() => setOpen(!isOpen)}
      >
        {text.menu}
      </button>
      <ul id="views">
        {useRoutes()
          .filter(({ nav }) => nav)
          .map((route) => (
            <li key={route.path}>
              <a href={`#${route.path}`} aria-current={route.path === path ? 'page' : undefined} onClick={close}>
                {route.title[language]}
              </a>
            </li>
          ))}
      </ul>
    </nav>
  )
}
