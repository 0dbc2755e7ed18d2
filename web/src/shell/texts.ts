import { defineTexts } from '../i18n/define-texts.ts'

export const shellTexts = defineTexts(
  {
    skip: 'Skip to the content',
    navigation: 'Views',
    language: 'Language',
    theme: 'Theme',
    system: 'As the system',
    light: 'Light',
    dark: 'Dark',
    account: 'Account',
    own: 'My own account',
    signOut: 'Sign out',
    notFound: 'There is no such page.',
    start: 'To the start',
    lost: 'Recto cannot be reached at the moment. The page tries again by itself, and nothing is lost.',
  },
  {
    skip: 'Przejdź do treści',
    navigation: 'Widoki',
    language: 'Język',
    theme: 'Motyw',
    system: 'Systemowy',
    light: 'Jasny',
    dark: 'Ciemny',
    account: 'Konto',
    own: 'Moje konto',
    signOut: 'Wyloguj',
    notFound: 'Nie ma takiej strony.',
    start: 'Do początku',
    lost: 'W tej chwili nie można połączyć się z Recto. Strona próbuje sama i nic nie ginie.',
  },
)
