import { Suspense, useEffect, useRef, useSyncExternalStore } from 'react'
import { useLanguage, useTexts } from '../i18n/language.tsx'
import { goTo, matchPath, placeOf, useHash } from '../router/route.ts'
import { home } from '../router/routes.ts'
import { AccountQueries, usePerson } from '../session/person.tsx'
import { Boundary } from '../ui/boundary.tsx'
import { Loading } from '../ui/states.tsx'
import { AccountChoice, LanguageChoice, ThemeChoice } from './choices.tsx'
import { Navigation } from './navigation.tsx'
import { SignOut } from './sign-out.tsx'
import { shellTexts } from './texts.ts'
import { useRoutes } from './use-routes.ts'

const NotFound = () => {
  const text = useTexts(shellTexts)
  return (
    <>
      <h1>{text.notFound}</h1>
      <a href={`#${home}`}>{text.start}</a>
    </>
  )
}

/** The view of the address. */
const useView = () => {
  const { language } = useLanguage()
  const routes = useRoutes()
  const { path, query } = placeOf(useHash())
  useEffect(() => {
    if (path === '/') goTo(home, { replace: true })
  }, [path])
  for (const { View, title, path: pattern } of routes) {
    const params = matchPath(pattern, path)
    if (params) return { path, title: title[language], view: <View params={params} query={query} /> }
  }
  return { path, title: '', view: path === '/' ? <Loading /> : <NotFound /> }
}

const Header = ({ path }: { path: string }) => {
  const { email } = usePerson()
  return (
    <header className="top">
      <a className="brand" href={`#${home}`}>
        Recto
      </a>
      <div className="choices">
        <span className="who" title={email}>
          {email}
        </span>
        <AccountChoice />
        <SignOut />
      </div>
      <Navigation path={path} />
    </header>
  )
}

const Footer = () => (
  <footer className="choices">
    <LanguageChoice />
    <ThemeChoice />
  </footer>
)

/** Is there while the API does not answer. */
const LostNote = () => {
  const text = useTexts(shellTexts)
  const { connection } = usePerson()
  const isLost = useSyncExternalStore(connection.subscribe, connection.isLost)
  return <div role="status">{isLost && <p className="note warn lost">{text.lost}</p>}</div>
}

/** Everything around a view, for a person who is signed in. */
export const Shell = () => {
  const text = useTexts(shellTexts)
  const { path, title, view } = useView()
  const main = useRef<HTMLElement>(null)
  const shown = useRef(path)
  useEffect(() => {
    document.title = title ? `${title} – Recto` : 'Recto'
  }, [title])
  // Who goes to another view by keyboard or screen reader begins at its top.
  useEffect(() => {
    if (shown.current !== path && shown.current !== '/') main.current?.focus()
    shown.current = path
  }, [path])
  return (
    <>
      <button type="button" className="button skip" onClick={() => main.current?.focus()}>
        {text.skip}
      </button>
      <Header path={path} />
      <main ref={main} tabIndex={-1}>
        <LostNote />
        <AccountQueries>
          <Boundary key={path}>
            <Suspense fallback={<Loading />}>{view}</Suspense>
          </Boundary>
        </AccountQueries>
      </main>
      <Footer />
    </>
  )
}
