import { useTexts } from '@/ui/i18n/messages'

import { messages } from './messages'

/** What a permission (`run:read`) lets people do, in words; empty for one that we have none for. */
export function usePermissionWords(): (permission: string) => string {
  const { t, te } = useTexts(messages)
  return (permission) => {
    const key = permission.replace(':', '_')
    return te(`can.${key}`) ? t(`can.${key}`) : ''
  }
}
