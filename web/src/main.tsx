import './styles/index.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { loadConfig } from './config.ts'
import { LanguageProvider } from './i18n/language.tsx'
import { createAuth } from './session/auth.ts'
import { SessionProvider } from './session/session.tsx'
import { currentTheme, showTheme } from './theme.ts'
import { ErrorNote } from './ui/error-note.tsx'
import { Loading } from './ui/states.tsx'

const element = document.getElementById('root')
if (element === null) throw new Error('the page has no #root')
const root = createRoot(element)
const show = (content: React.ReactNode) => root.render(<LanguageProvider>{content}</LanguageProvider>)

const start = async (): Promise<void> => {
  show(<Loading />)
  try {
    const config = await loadConfig()
    const auth = createAuth(config)
    const linkError = await auth.linkError()
    show(
      <SessionProvider config={config} auth={auth}>
        <App linkError={linkError} />
      </SessionProvider>,
    )
  } catch (error) {
    show(
      <main>
        <ErrorNote error={error} onRetry={() => void start()} />
      </main>,
    )
  }
}

showTheme(currentTheme())
void start()
