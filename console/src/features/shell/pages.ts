import { computed } from 'vue'

import { principal } from '@/live/session'

/** The pages that the menu, the palette and the keys lead to. Pages that are not built are absent. */
interface PageLink {
  name: 'start' | 'runs' | 'tasks' | 'queues' | 'workers' | 'approvals' | 'logs' | 'monitor' | 'access' | 'audit'
  icon: string
  /** The route. */
  to: string
  keys: string
  /** It is shown to those who hold one of these somewhere; without any: to everybody. */
  for?: readonly string[]
}

const pageLinks: readonly PageLink[] = [
  { name: 'start', icon: 'i-lucide-house', to: '/', keys: 'g h' },
  { name: 'runs', icon: 'i-lucide-activity', to: '/runs', keys: 'g r' },
  { name: 'tasks', icon: 'i-lucide-layers', to: '/tasks', keys: 'g t' },
  { name: 'queues', icon: 'i-lucide-list-ordered', to: '/queues', keys: 'g q' },
  { name: 'workers', icon: 'i-lucide-cpu', to: '/workers', keys: 'g w' },
  { name: 'approvals', icon: 'i-lucide-user-round-check', to: '/approvals', keys: 'g a' },
  { name: 'logs', icon: 'i-lucide-scroll-text', to: '/logs', keys: 'g l' },
  { name: 'monitor', icon: 'i-lucide-gauge', to: '/monitor', keys: 'g m' },
  { name: 'access', icon: 'i-lucide-users', to: '/access', keys: 'g u', for: ['user:admin', 'grant:edit', 'secret:read'] },
  { name: 'audit', icon: 'i-lucide-history', to: '/audit', keys: 'g d', for: ['audit:read'] },
]

/** The pages of whoever is signed in. The server has the last word. */
export const openPages = computed(() =>
  pageLinks.filter((page) => !page.for || page.for.some((one) => principal.value?.permissions_somewhere?.includes(one))),
)
