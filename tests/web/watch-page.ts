import type { Page } from 'playwright-core'

/** Chromium logs each answer of 400 and above. Tests cause such answers on purpose. */
const ofAnswers = /^Failed to load resource:/

/**
 * Collects what a page must not do: log an error (a violation of the Content-Security-Policy is one), throw, or send a
 * request to another origin.
 */
export const watchPage = (page: Page, allowed: () => string[]) => {
  const problems: string[] = []
  page.on('console', (message) => {
    const isBad = message.type() === 'error' || message.type() === 'warning'
    if (isBad && !ofAnswers.test(message.text())) problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`error: ${error.stack ?? error.message}`))
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    const isLocal = protocol === 'blob:' || protocol === 'data:'
    if (!isLocal && !allowed().includes(origin)) problems.push(`request: ${request.url()}`)
  })
  return { page, problems }
}
