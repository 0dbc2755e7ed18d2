import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { createClient } from '@recto/client'
import type { BrowserContext, Page } from 'playwright-core'
import { startBrowser } from '../support/browser.ts'
import { startInSteps } from '../support/start-in-steps.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { watchPage } from './watch-page.ts'

const root = join(import.meta.dirname, '..', '..')

/** How a page is shown: the width of the window in pixels, the language and the theme. */
export type Look = { width: 390 | 1280; language: 'en' | 'pl'; theme: 'light' | 'dark' }

/** Both widths with both languages and both themes. */
export const everyLook: Look[] = ([390, 1280] as const).flatMap((width) =>
  (['en', 'pl'] as const).flatMap((language) =>
    (['light', 'dark'] as const).map((theme) => ({ width, language, theme })),
  ),
)

type Opening = Partial<Look> & {
  /** The name of the made-up person who is signed in; without it, nobody is. */
  as?: string
  /** Behind `#`. */
  path?: string
  /** In place of the API's own address. */
  url?: string
}

/** How long a test waits for something on its page, on a machine with other work. */
const PATIENCE_MS = 15_000

/**
 * Starts the local system with one API, one worker and Chromium. `check` closes the pages that a test has opened, and throws
 * when one of them violated its Content-Security-Policy, logged an error or sent a request elsewhere.
 */
export const startConsole = (env: { api?: Record<string, string>; worker?: Record<string, string> } = {}) =>
  startInSteps(async (onStop) => {
    execFileSync(process.execPath, [join(root, 'scripts', 'run.mjs'), '--console', process.execPath, '--version'])
    const system: System = await startSystem()
    onStop(system.stop)
    await system.limit(1000, 60)
    const settings = { RECTO_LOCAL_SIGN_IN: 'on', ...env.api }
    const api: Service = await system.startApi(settings)
    const worker: Service = await system.startWorker(env.worker)
    const browser = await startBrowser()
    onStop(() => browser.close())
    let open: ReturnType<typeof watchPage>[] = []

    /** A session of a made-up person, as the page keeps it. */
    const sessionOf = async (name: string): Promise<string> => {
      const response = await fetch(`${system.supabase.supabaseUrl}/auth/v1/made-up-person`, {
        method: 'POST',
        headers: { apikey: system.supabase.publishableKey, 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      })
      return response.text()
    }

    /** A made-up person, with the client of the API. */
    const person = async (name: string) => {
      const { id } = await system.supabase.addPerson(name)
      const getToken = () => system.supabase.issueToken({ sub: id })
      return { id, getToken, recto: createClient({ url: api.url, getToken }) }
    }
    const openTab = async (context: BrowserContext, url: string): Promise<Page> => {
      const page = await context.newPage()
      open.push(watchPage(page, () => [new URL(url).origin, api.url, system.supabase.supabaseUrl]))
      await page.goto(url)
      return page
    }

    return {
      system,
      api,
      worker,
      settings,
      person,
      /** Submits a text, or another body, as a made-up person, and answers the id of its generation. */
      submit: async (name: string, text: string, more: object = {}): Promise<string> => {
        const { recto } = await person(name)
        const body = { source_text: text, ...more }
        return (await recto.request<{ generation_id: string }>('ai/generations', { method: 'POST', body }))
          .generation_id
      },
      /** Opens the page in a browser of its own: nothing is shared with other pages. */
      open: async (opening: Opening = {}): Promise<Page> => {
        const { width = 1280, language = 'en', theme = 'light', as, path = '', url = api.url } = opening
        const context = await browser.newContext({
          viewport: { width, height: width === 390 ? 844 : 900 },
          locale: language === 'en' ? 'en-GB' : 'pl-PL',
          colorScheme: theme,
          reducedMotion: 'reduce',
        })
        context.setDefaultTimeout(PATIENCE_MS)
        if (as !== undefined) {
          const session = JSON.stringify(await sessionOf(as))
          // Once for each tab, so that who signs out stays signed out.
          const content = `if (!sessionStorage.given) { sessionStorage.given = 1; localStorage['recto.session'] = ${session} }`
          await context.addInitScript({ content })
        }
        return openTab(context, `${url}/${path && `#${path}`}`)
      },
      /** Opens an address in another tab of the same browser. */
      openBeside: (page: Page, url = page.url()): Promise<Page> => openTab(page.context(), url),
      check: async (): Promise<void> => {
        const watched = open
        open = []
        await Promise.all(watched.map(({ page }) => page.context().close()))
        const problems = watched.flatMap((one) => one.problems)
        if (problems.length > 0) throw new Error(`the page did what it must not do:\n${problems.join('\n')}`)
      },
    }
  })

export type ConsoleSystem = Awaited<ReturnType<typeof startConsole>>
