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
  },
)
