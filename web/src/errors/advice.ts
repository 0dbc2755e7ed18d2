import { defineTexts } from '../i18n/define-texts.ts'

/** What a person can do about an error. */
export type Advice = keyof (typeof advices)['en']

export const advices = defineTexts(
  {
    none: '',
    change: 'Change what is named below, and send it again.',
    choose: 'Choose another model or setting, and send it again.',
    smaller: 'Send less at once.',
    text_or_model: 'Try another text or another model.',
    sign_in: 'Sign in again. What you wrote is still here.',
    owner: 'Ask an owner of the account, or wait until the next month begins.',
    account: 'Choose another account at the top of the page.',
    back: 'Go back, and look whether it was deleted.',
    again: 'Try again in a moment. If it stays like this, tell the operator the request id.',
    wait: 'Wait a while, and try again.',
    reload: 'Reload the page to see what it is now, and decide again.',
    connection: 'Check your connection. It is tried again as soon as you ask.',
    credentials: 'Check the address and the password.',
    link: 'Ask for a new link, and open it in this browser.',
    operator: 'Tell the operator of this Recto.',
    report: 'Reload the page. If it stays like this, tell the operator the request id.',
  },
  {
    none: '',
    change: 'Zmień to, co wskazano poniżej, i wyślij ponownie.',
    choose: 'Wybierz inny model lub ustawienie i wyślij ponownie.',
    smaller: 'Wyślij mniej naraz.',
    text_or_model: 'Spróbuj z innym tekstem lub innym modelem.',
    sign_in: 'Zaloguj się ponownie. To, co napisano, nadal tu jest.',
    owner: 'Zapytaj właściciela konta albo poczekaj do następnego miesiąca.',
    account: 'Wybierz inne konto u góry strony.',
    back: 'Wróć i sprawdź, czy tego nie usunięto.',
    again: 'Spróbuj ponownie za chwilę. Jeśli to się powtarza, podaj operatorowi identyfikator żądania.',
    wait: 'Odczekaj trochę i spróbuj ponownie.',
    reload: 'Odśwież stronę, zobacz obecny stan i zdecyduj ponownie.',
    connection: 'Sprawdź połączenie, a potem spróbuj ponownie.',
    credentials: 'Sprawdź adres i hasło.',
    link: 'Poproś o nowy link i otwórz go w tej przeglądarce.',
    operator: 'Powiadom operatora tego Recto.',
    report: 'Odśwież stronę. Jeśli to się powtarza, podaj operatorowi identyfikator żądania.',
  },
)
