import { defineTexts } from '../i18n/define-texts.ts'

export const uiTexts = defineTexts(
  {
    loading: 'Loading …',
    again: 'Try again',
    more: 'Show more',
    close: 'Close',
    requestId: 'Request id',
    defect: 'This part of the page cannot be shown.',
    reload: 'Reload the page',
  },
  {
    loading: 'Wczytywanie …',
    again: 'Spróbuj ponownie',
    more: 'Pokaż więcej',
    close: 'Zamknij',
    requestId: 'Identyfikator żądania',
    defect: 'Tej części strony nie można wyświetlić.',
    reload: 'Odśwież stronę',
  },
)
