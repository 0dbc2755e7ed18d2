import { defineTexts } from '../../i18n/define-texts.ts'

/** What the view `stuck` calls what should not last. */
export const stuckTexts = defineTexts(
  {
    'running for over 10 minutes': 'Runs for over 10 minutes',
    'pending for over 10 minutes': 'Pending for over 10 minutes',
    'without a job': 'Without a job',
    'waiting for a place': 'Waits although a place is free',
    'call not settled': 'Cost of a call not settled',
    'route resting': 'Route rests',
    'probe lost': 'Try of a route lost',
    'alert not sent': 'Alert not sent',
    'usage not rolled up': 'Usage not summed up',
  },
  {
    'running for over 10 minutes': 'Trwa ponad 10 minut',
    'pending for over 10 minutes': 'Oczekuje ponad 10 minut',
    'without a job': 'Bez zadania w kolejce',
    'waiting for a place': 'Czeka mimo wolnego miejsca',
    'call not settled': 'Nierozliczony koszt zapytania',
    'route resting': 'Trasa wstrzymana',
    'probe lost': 'Utracona próba trasy',
    'alert not sent': 'Niewysłany alert',
    'usage not rolled up': 'Niezsumowane zużycie',
  },
)
type StuckKind = keyof (typeof stuckTexts)['en']

export const isStuckKind = (what: string): what is StuckKind => Object.hasOwn(stuckTexts.en, what)
