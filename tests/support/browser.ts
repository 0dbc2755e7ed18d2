import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/**
 * Starts Chromium without a window: the one that CHROMIUM names, or that of the system.
 * @throws Error when there is none
 */
export const startBrowser = async (): Promise<Browser> => {
  const executablePath = process.env.CHROMIUM ?? places.find((place) => existsSync(place))
  if (executablePath === undefined)
    throw new Error('these tests need Chromium: install it (Debian: apt-get install chromium), or name it in CHROMIUM')
  // As root, Chromium does not start with its sandbox. It opens pages of these tests only.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}
