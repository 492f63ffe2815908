/** The pages that the menu, the palette and the keys lead to. Pages that are not built are absent. */
export interface PageLink {
  name: 'runs' | 'tasks' | 'queues'
  icon: string
  /** The route. */
  to: string
  keys: string
}

export const pageLinks: readonly PageLink[] = [
  { name: 'runs', icon: 'i-lucide-activity', to: '/runs', keys: 'g r' },
  { name: 'tasks', icon: 'i-lucide-layers', to: '/tasks', keys: 'g t' },
  { name: 'queues', icon: 'i-lucide-list-ordered', to: '/queues', keys: 'g q' },
]
