import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** The first is Chromium without the parts that show windows, which opens a page in less CPU time. */
const places = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'].map(
  (name) => `/usr/bin/${name}`,
)

/**
 * With each new context, Chromium would load two pages of its address bar, which nobody sees, and start a process for the
 * next page: 60 % of the CPU time of opening a page.
 */
const unused = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'SpareRendererForSitePerProcess']

/** What Playwright switches off by itself. Chromium knows only the last list that it is given. */
const offByPlaywright = [
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades', 'LensOverlay'],
  ...['HttpsFirstBalancedModeAutoEnable', 'MediaRouter', 'PaintHolding', 'ThirdPartyStoragePartitioning', 'AimEnabled'],
  ...['AvoidCorsURLLoaderRestartOnRedirect', 'OptimizationHints', 'NetworkTimeServiceQuerying', 'PreconnectToSearch'],
]

/**
 * Starts Chromium without a window: the one that CHROMIUM names, or that of the system.
 * @throws Error when there is none
 */
export const startBrowser = async (): Promise<Browser> => {
  const executablePath = process.env.CHROMIUM ?? places.find((place) => existsSync(place))
  if (executablePath === undefined)
    throw new Error(
      'these tests need Chromium: install it (Debian: apt-get install chromium-headless-shell), or name it in CHROMIUM',
    )
  // As root, Chromium does not start with its sandbox. It opens pages of these tests only.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', `--disable-features=${[...offByPlaywright, ...unused]}`]
  return chromium.launch({ executablePath, args })
}
