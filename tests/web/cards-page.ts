import type { Page } from 'playwright-core'

export const fronts = (page: Page) => page.locator('.card h3').allTextContents()
export const button = (page: Pick<Page, 'getByRole'>, name: string) => page.getByRole('button', { name, exact: true })
export const dialog = (page: Page) => page.getByRole('dialog')
export const heading = (page: Page, name: string) => page.getByRole('heading', { name })
