import { defineTexts } from '../i18n/define-texts.ts'

export const uiTexts = defineTexts(
  {
    loading: 'Loading …',
    slow: 'It takes longer than usual. The page goes on trying.',
    again: 'Try again',
    more: 'Show more',
    close: 'Close',
    cancel: 'Cancel',
    copy: 'Copy',
    copied: 'Copied.',
    notCopied: 'It could not be copied. Select it, and copy it yourself.',
    requestId: 'Request id',
    defect: 'This part of the page cannot be shown.',
    reload: 'Reload the page',
  },
  {
    loading: 'Wczytywanie …',
    slow: 'Trwa to dłużej niż zwykle. Strona próbuje dalej.',
    again: 'Spróbuj ponownie',
    more: 'Pokaż więcej',
    close: 'Zamknij',
    cancel: 'Anuluj',
    copy: 'Kopiuj',
    copied: 'Skopiowano.',
    notCopied: 'Nie udało się skopiować. Zaznacz i skopiuj samodzielnie.',
    requestId: 'Identyfikator żądania',
    defect: 'Tej części strony nie można wyświetlić.',
    reload: 'Odśwież stronę',
  },
)
