import type { Advice } from './advice.ts'

type Line = readonly [en: string, pl: string, advice: Advice]

/** What the functions of teams raise, by its message: what happened, in English and Polish, and what to do. */
export const databaseTexts: Record<string, Line> = {
  'there is no such team': [
    'This team does not exist, or you are not a member of it any more.',
    'Ten zespół nie istnieje albo już do niego nie należysz.',
    'reload',
  ],
  'a team needs an owner': [
    'A team needs an owner, and this was its last one.',
    'Zespół musi mieć właściciela, a to był ostatni.',
    'new_owner',
  ],
  'nobody is signed in': ['You are not signed in any more.', 'Twoja sesja wygasła.', 'sign_in'],
  'people who signed in anonymously make no teams': [
    'Who signed in anonymously makes no teams.',
    'Osoba zalogowana anonimowo nie może tworzyć zespołów.',
    'sign_in',
  ],
  'no more teams on the free plan': [
    'You have created as many teams on the free plan as one person may.',
    'Masz już tyle zespołów w planie darmowym, ile może utworzyć jedna osoba.',
    'plan',
  ],
  'a role is owner, admin or member': ['There is no such role.', 'Nie ma takiej roli.', 'report'],
  'the data of this person was being erased': [
    'Your data was being erased at this moment.',
    'W tej chwili trwało usuwanie Twoich danych.',
    'again',
  ],
  'only an owner may do this': [
    'Only an owner of the team may do this.',
    'Może to zrobić tylko właściciel zespołu.',
    'ask_owner',
  ],
  'there is no such member': [
    'This person is not a member of the team any more.',
    'Ta osoba nie należy już do zespołu.',
    'reload',
  ],
  'the person is a member already': ['This person is a member already.', 'Ta osoba już należy do zespołu.', 'reload'],
  'no more open invitations': [
    'This team has as many open invitations as a team may have.',
    'Ten zespół ma już tyle otwartych zaproszeń, ile może mieć.',
    'withdraw',
  ],
  'there is no such invitation': [
    'This invitation is not open any more.',
    'To zaproszenie nie jest już otwarte.',
    'reload',
  ],
  'there is no such person': [
    'Your account does not exist any more, or is kept in another place than this team.',
    'Twoje konto już nie istnieje albo jest w innym miejscu niż ten zespół.',
    'operator',
  ],
  'the person lives in another cell': [
    'This person is kept in another place than this team and cannot join it.',
    'Ta osoba jest w innym miejscu niż ten zespół i nie może do niego dołączyć.',
    'operator',
  ],
  'the account lives in another cell': [
    'Your account is kept in another place than the one that this page reads.',
    'Twoje konto jest w innym miejscu niż to, które czyta ta strona.',
    'operator',
  ],
}
