import { readSetting, writeSetting } from './settings.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** The theme that was chosen, or that of the system. */
export const currentTheme = (): Theme => themes.find((theme) => theme === readSetting('theme')) ?? 'system'

/** Shows a theme. That of the system follows `prefers-color-scheme`. */
export const showTheme = (theme: Theme): void => {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export const chooseTheme = (theme: Theme): void => {
  writeSetting('theme', theme === 'system' ? null : theme)
  showTheme(theme)
}
