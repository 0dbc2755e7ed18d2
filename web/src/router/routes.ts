import { type ComponentType, lazy } from 'react'
import type { Language } from '../i18n/define-texts.ts'
import type { Place } from './route.ts'

export type ViewProps = {
  /** The named parts of the path. */
  params: Record<string, string>
  query: Place['query']
}

type Route = {
  /** Behind `#`. `:name` stands for a part. */
  path: string
  /** The title of the page, and the word in the navigation. */
  title: Record<Language, string>
  /** Whether it stands in the navigation. */
  nav: boolean
  /** Who has the view; for everybody else there is no such page. Without it, everybody has it. */
  only?: 'operator'
  View: ComponentType<ViewProps>
}

/** Every view, in the order of the navigation. Each is loaded when it is first shown. */
export const routes: Route[] = [
  {
    path: '/create',
    title: { en: 'Create', pl: 'Nowe fiszki' },
    nav: true,
    View: lazy(() => import('../views/create/create.tsx')),
  },
  {
    path: '/generations/:id',
    title: { en: 'Generation', pl: 'Generowanie' },
    nav: false,
    View: lazy(() => import('../views/live/live.tsx')),
  },
  {
    path: '/generations/:id/review',
    title: { en: 'Review', pl: 'Przegląd' },
    nav: false,
    View: lazy(() => import('../views/review/review.tsx')),
  },
  {
    path: '/review',
    title: { en: 'Review', pl: 'Przegląd' },
    nav: true,
    View: lazy(() => import('../views/review/review.tsx')),
  },
  {
    path: '/cards',
    title: { en: 'Cards', pl: 'Fiszki' },
    nav: true,
    View: lazy(() => import('../views/cards/cards.tsx')),
  },
  {
    path: '/learn',
    title: { en: 'Learn', pl: 'Nauka' },
    nav: true,
    View: lazy(() => import('../views/learn/learn.tsx')),
  },
  {
    path: '/chat',
    title: { en: 'Chat', pl: 'Czat' },
    nav: true,
    View: lazy(() => import('../views/chat/chat.tsx')),
  },
  {
    path: '/chat/:id',
    title: { en: 'Chat', pl: 'Czat' },
    nav: false,
    View: lazy(() => import('../views/chat/chat.tsx')),
  },
  {
    path: '/code-review',
    title: { en: 'Code review', pl: 'Przegląd kodu' },
    nav: true,
    View: lazy(() => import('../views/code-review/code-review.tsx')),
  },
  {
    path: '/code-review/:id',
    title: { en: 'Code review', pl: 'Przegląd kodu' },
    nav: false,
    View: lazy(() => import('../views/code-review/code-review.tsx')),
  },
  {
    path: '/history',
    title: { en: 'History', pl: 'Historia' },
    nav: true,
    View: lazy(() => import('../views/history/history.tsx')),
  },
  {
    path: '/usage',
    title: { en: 'Usage', pl: 'Zużycie' },
    nav: true,
    View: lazy(() => import('../views/usage/usage.tsx')),
  },
  {
    path: '/team',
    title: { en: 'Team', pl: 'Zespół' },
    nav: true,
    View: lazy(() => import('../views/team/team.tsx')),
  },
  {
    path: '/webhooks',
    title: { en: 'Webhooks', pl: 'Webhooki' },
    nav: true,
    View: lazy(() => import('../views/webhooks/webhooks.tsx')),
  },
  {
    path: '/webhooks/:id',
    title: { en: 'Webhook', pl: 'Webhook' },
    nav: false,
    View: lazy(() => import('../views/webhooks/webhook.tsx')),
  },
  {
    path: '/operations',
    title: { en: 'Operations', pl: 'Operacje' },
    nav: true,
    only: 'operator',
    View: lazy(() => import('../views/operations/operations.tsx')),
  },
]

/** Where the page begins. */
export const home = '/create'
